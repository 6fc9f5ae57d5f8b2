"""Functions of STRING and BYTES."""

from __future__ import annotations

from typing import Any

from tests.localcloud.services.bigquery.functions.evaluation import table_tests

VALUES: dict[str, Any] = {
    "SPLIT(b'a.b', b'.')": [b"a", b"b"],
    "CHR(0)": "\0",
    "INITCAP('abcd e', ' c')": "AbcD E",
    "TRIM(NULL, b' ')": None,
    "LPAD('7', 3, '0') || LPAD('abc', 2)": "007ab",
    "RPAD(b'7', 3, b'xy')": b"7xy",
    "REPEAT('ab', 2)": "abab",
    "SUBSTR('abc', 0, 2)": "ab",
    "SUBSTR('abc', -2)": "bc",
    "SUBSTR('abc', -5, 3)": "abc",
    "SUBSTRING(b'abc', 2, 1)": b"b",
    "LEFT('abc', 2) || RIGHT('abc', 1)": "abc",
    "RIGHT(b'abc', 2)": b"bc",
    "[LENGTH('ü'), LENGTH(b'abc'), CHAR_LENGTH('ü'), CHARACTER_LENGTH('ü')]": [1, 3, 1, 1],
    "[BYTE_LENGTH('ü'), OCTET_LENGTH(b'ab')]": [2, 2],
    "STRPOS('abcb', 'b')": 2,
    "[INSTR('banana', 'an', -1), INSTR('banana', 'an', 1, 2), INSTR('banana', 'x')]": [4, 4, 0],
    "REVERSE('añb')": "bña",
    "REVERSE(b'abc')": b"cba",
    "STARTS_WITH(b'abc', b'ab') AND ENDS_WITH('abc', 'bc')": True,
    "CONTAINS_SUBSTR('The Blue House', 'blue h')": True,
    "TRANSLATE('cab', 'abc', 'AB')": "AB",
    "INITCAP('hello-world of THINGS')": "Hello-World Of Things",
    "INITCAP('a-b', '')": "A-b",
    "NORMALIZE('\\u0041\\u030a') = '\\u00c5'": True,
    "NORMALIZE_AND_CASEFOLD('ß', NFKC)": "ss",
    "TO_CODE_POINTS('aé')": [97, 233],
    "CODE_POINTS_TO_STRING([97, 233])": "aé",
    "CODE_POINTS_TO_BYTES([0, 255])": b"\x00\xff",
    "CHR(233)": "é",
    "[ASCII('a'), UNICODE('é'), ASCII('')]": [97, 233, 0],
    "SAFE_CONVERT_BYTES_TO_STRING(b'a\\xffb')": "a\ufffdb",
    "TO_HEX(b'\\x0a\\xff')": "0aff",
    "FROM_HEX('aff')": b"\x0a\xff",
    "TO_BASE64(b'ab') || TO_BASE32(b'ab')": "YWI=MFRA====",
    "FROM_BASE64('YWI=') || FROM_BASE32('MFRA====')": b"abab",
    "TO_HEX(MD5('a'))": "0cc175b9c0f1b6a831c399e269772661",
    "LENGTH(SHA1(b'a')) + LENGTH(SHA256('a')) + LENGTH(SHA512('a'))": 116,
    "EDIT_DISTANCE('kitten', 'sitting')": 3,
    "SOUNDEX('Ashcraft')": "A261",
    "LENGTH(GENERATE_UUID())": 36,
    "SPLIT('a,b')": ["a", "b"],
    "SPLIT('', ',')": [""],
    "'a_b' LIKE r'a\\_b' AND NOT 'axb' LIKE r'a\\_b'": True,
    "SPLIT('x', CAST(NULL AS STRING))": None,
}
ERRORS = {
    "LEFT('abc', -1)": "Second argument in LEFT\\(\\) cannot be negative",
    "SUBSTR('abc', 1, -1)": "Third argument in SUBSTR\\(\\) cannot be negative",
    "LPAD('a', 1000000000)": "Output of LPAD exceeds max allowed output size of 1MB",
    "REPEAT('a', -1)": "cannot be negative",
    "RPAD('a', 3, '')": "pad pattern",
    "INSTR('abc', 'a', 0)": "must be positions",
    "TRANSLATE('a', 'aa', 'bc')": "Duplicate character",
    "FROM_HEX('zz')": "invalid hexadecimal",
    "FROM_BASE64('?')": "invalid base64",
    "CODE_POINTS_TO_STRING([-1])": "Invalid codepoint",
    "ASCII('é')": "ASCII",
}
test_values, test_errors = table_tests(VALUES, ERRORS)
