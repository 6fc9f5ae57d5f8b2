"""Functions of STRING and BYTES.

source: cloud.google.com/bigquery/docs/reference/standard-sql/string_functions, hash_functions, utility_functions
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from typing import AnyStr

from localcloud.services.bigquery.functions.function import Function, python, sql

LONGEST = 1 << 20
"""Characters or bytes of a padded or repeated text. source: BigQuery allows 1 MB of LPAD, RPAD and REPEAT."""
WORD_BREAKS = ' \t\n\r\f\v[](){}/|<>!?@"^#$&~_,.:;*%+-'


def _checked(length: int, name: str) -> int:
    if length < 0:
        raise ValueError(f"Second argument to {name} cannot be negative")
    if length > LONGEST:
        raise ValueError(f"Output of {name} exceeds max allowed output size of 1MB")
    return length


def padded(value: AnyStr, length: int, by: AnyStr, left: bool) -> AnyStr:
    name = "LPAD" if left else "RPAD"
    if not by:
        raise ValueError(f"Third argument (pad pattern) to {name} cannot be empty")
    missing = _checked(length, name) - len(value)
    filler = (by * (missing // len(by) + 1))[: max(missing, 0)]
    return (filler + value if left else value + filler)[:length] if missing >= 0 else value[:length]


def repeated(value: AnyStr, times: int) -> AnyStr:
    _checked(times, "REPEAT")
    _checked(times * len(value), "REPEAT")
    return value * times


def substring(value: AnyStr, position: int, length: int) -> AnyStr:
    if length < 0:
        raise ValueError("Third argument in SUBSTR() cannot be negative")
    start = max(position - 1, 0) if position >= 0 else max(len(value) + position, 0)
    return value[start : start + length]


def found_at(value: AnyStr, part: AnyStr, position: int, occurrence: int) -> int:
    """INSTR: 1 for the first; backwards from a negative position."""
    if position == 0 or occurrence < 1:
        raise ValueError("Third and fourth arguments of INSTR must be positions")
    starts = [at for at in range(len(value) - len(part) + 1) if value[at : at + len(part)] == part]
    last = len(value) + position
    fitting = [at for at in starts if at >= position - 1] if position > 0 else [at for at in starts[::-1] if at <= last]
    return fitting[occurrence - 1] + 1 if len(fitting) >= occurrence else 0


def title(value: str, breaks: str) -> str:
    pieces = re.split(f"([{re.escape(breaks)}])", value) if breaks else [value]
    return "".join(piece if place % 2 else piece[:1].upper() + piece[1:].lower() for place, piece in enumerate(pieces))


def translated(value: AnyStr, source: AnyStr, target: AnyStr) -> AnyStr:
    pairs = {source[i : i + 1]: target[i : i + 1] for i in reversed(range(len(source)))}
    if len(pairs) != len(source):
        raise ValueError("Duplicate character in TRANSLATE source characters")
    made = value[:0]
    for i in range(len(value)):
        made += pairs.get(value[i : i + 1], value[i : i + 1])
    return made


def normalized(value: str, form: str) -> str:
    return unicodedata.normalize(form, value)  # type: ignore[arg-type]


def casefolded(value: str, form: str) -> str:
    return normalized(normalized(value, form).casefold(), form)


def code_points(value: str) -> list[int]:
    return [ord(one) for one in value]


def text_of_points(points: list[int]) -> str | None:
    if None in points:
        return None
    if any(not (0 <= point < 0xD800 or 0xDFFF < point <= 0x10FFFF) for point in points):
        raise ValueError("Invalid codepoint")
    return "".join(map(chr, points))


def bytes_of_points(points: list[int]) -> bytes | None:
    if None in points:
        return None
    if any(not 0 <= point < 256 for point in points):
        raise ValueError("Invalid byte in CODE_POINTS_TO_BYTES")
    return bytes(points)


def of_base32(text: str) -> bytes:
    try:
        return base64.b32decode(text)
    except ValueError as error:
        raise ValueError("Failed to decode invalid base32 string") from error


def of_hex(text: str) -> bytes:
    try:
        return bytes.fromhex("0" * (len(text) % 2) + text)
    except ValueError as error:
        raise ValueError(f"Failed to decode invalid hexadecimal string: {text}") from error


def of_base64(text: str) -> bytes:
    try:
        plain = re.sub(r"\s", "", text).rstrip("=")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError as error:
        raise ValueError("Failed to decode invalid base64 string") from error


def split(value: bytes, separator: bytes) -> list[bytes]:
    if not separator:
        return [value[i : i + 1] for i in range(len(value))] or [b""]
    return value.split(separator)


def distance(left: str, right: str) -> int:
    row = list(range(len(right) + 1))
    for i, one in enumerate(left, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(right, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (one != other))
    return row[-1]


ALIKE = ("BFPV", "CGJKQSXZ", "DT", "L", "MN", "R")
SOUNDS = {letter: str(code) for code, letters in enumerate(ALIKE, 1) for letter in letters}


def soundex(text: str) -> str:
    letters = [one for one in text.upper() if "A" <= one <= "Z"]
    if not letters:
        return ""
    coded, last = letters[0], SOUNDS.get(letters[0], "")
    for letter in letters[1:]:
        code = SOUNDS.get(letter, "")
        coded += code if code != last else ""
        last = last if letter in "HW" else code
    return coded[:4].ljust(4, "0")


def _both(name: str, arguments: str, types: str = "") -> str:
    """Macro overloads for STRING and BYTES of a Python function that comes in both."""
    names = [one.strip() for one in arguments.split(",")]
    first, *rest = names
    signature = ", ".join([f"{first} {{0}}", *rest])
    return ", ".join(
        f"({signature.format(kind)}) AS gs_{name}_{kind.lower()}({', '.join(names)})" for kind in ("VARCHAR", "BLOB")
    )


def _pair(name: str, made: object, others: str, gives: str = "") -> dict[str, Function]:
    """A Python function for VARCHAR and for BLOB; `others` are its further arguments' types, with OWN for its own."""
    return {
        f"{name}_{kind.lower()}": Function(
            0, python=made, signature=f"{kind}, {others.replace('OWN', kind)} -> {gives or kind}"  # type: ignore[arg-type]
        )
        for kind in ("VARCHAR", "BLOB")
    }  # fmt: skip


SUBSTRING = """
(x VARCHAR, p) AS substring(x, CASE WHEN p < -length(x) OR p = 0 THEN 1 ELSE p END), (x BLOB, p) AS
gs_substring_blob(x, p, 9223372036854775807),
    (x VARCHAR, p, n) AS CASE WHEN p > 0 AND n >= 0 THEN substring(x, p, least(n, 4294967295)) ELSE
    gs_substring_varchar(x, p, n) END,
    (x BLOB, p, n) AS gs_substring_blob(x, p, n)"""
BYTES_OF = "(x VARCHAR) AS octet_length(encode(x)), (x BLOB) AS octet_length(x)"
BLANK = "(x VARCHAR, n) AS gs_{0}_varchar(x, n, ' '), (x BLOB, n) AS gs_{0}_blob(x, n, encode(' ')), "
DIGEST = "(x VARCHAR) AS {0}(encode(x)), (x BLOB) AS {0}(x)"
DIGESTS = {"MD5": hashlib.md5, "SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}
FUNCTIONS: dict[str, Function] = {
    **_pair("lpad", lambda value, n, by: padded(value, n, by, left=True), "BIGINT, OWN"),
    **_pair("rpad", lambda value, n, by: padded(value, n, by, left=False), "BIGINT, OWN"),
    **_pair("repeat", repeated, "BIGINT"),
    **_pair("substring", substring, "BIGINT, BIGINT"),
    **_pair("instr", found_at, "OWN, BIGINT, BIGINT", "BIGINT"),
    **_pair("translate", translated, "OWN, OWN"),
    "LPAD": sql(0, BLANK.format("lpad") + _both("lpad", "x, n, pad")),
    "RPAD": sql(0, BLANK.format("rpad") + _both("rpad", "x, n, pad")),
    "REPEAT": sql(0, _both("repeat", "x, n")),
    "SUBSTR": sql(0, SUBSTRING),
    "SUBSTRING": sql(0, SUBSTRING),
    "LEFT": sql(
        0,
        """(x VARCHAR, n) AS substring(x, 1, CASE WHEN n < 0 THEN
           gs_raise('Second argument in LEFT() cannot be negative')::BIGINT ELSE least(n, 4294967295) END),
           (x BLOB, n) AS gs_substring_blob(x, 1, n)""",
    ),
    "RIGHT": sql(
        0,
        """(x VARCHAR, n) AS right(x, CASE WHEN n < 0 THEN
           gs_raise('Second argument in RIGHT() cannot be negative')::BIGINT ELSE least(n, 4294967295) END),
           (x BLOB, n) AS CASE WHEN n = 0 THEN encode('') ELSE gs_substring_blob(x, CASE WHEN n < 0 THEN
           gs_raise('Second argument in RIGHT() cannot be negative')::BIGINT ELSE -n END, n) END""",
    ),
    "LENGTH": sql("INT64", "(x VARCHAR) AS length(x), (x BLOB) AS octet_length(x)"),
    "CHAR_LENGTH": sql("INT64", "(x) AS length(x)"),
    "CHARACTER_LENGTH": sql("INT64", "(x) AS length(x)"),
    "BYTE_LENGTH": sql("INT64", BYTES_OF),
    "OCTET_LENGTH": sql("INT64", BYTES_OF),
    "STRPOS": sql("INT64", "(x VARCHAR, y) AS strpos(x, y), (x BLOB, y) AS gs_instr_blob(x, y, 1, 1)"),
    "INSTR": sql(
        "INT64",
        """(x VARCHAR, y) AS strpos(x, y), (x BLOB, y) AS gs_instr_blob(x, y, 1, 1),
           (x VARCHAR, y, p) AS gs_instr_varchar(x, y, p, 1), (x BLOB, y, p) AS gs_instr_blob(x, y, p, 1),
           (x VARCHAR, y, p, n) AS gs_instr_varchar(x, y, p, n), (x BLOB, y, p, n) AS gs_instr_blob(x, y, p, n)""",
    ),
    "REVERSE": sql(
        0,
        """(x VARCHAR) AS array_to_string(list_reverse(string_split(x, '')), ''), (x BLOB) AS gs_reversed(x)""",
    ),
    "trimmed": python("BYTES", bytes.strip, "BLOB, BLOB -> BLOB"),
    "trimmed_leading": python("BYTES", bytes.lstrip, "BLOB, BLOB -> BLOB"),
    "trimmed_trailing": python("BYTES", bytes.rstrip, "BLOB, BLOB -> BLOB"),
    "reversed": python("BYTES", lambda x: x[::-1], "BLOB -> BLOB"),
    "STARTS_WITH": sql(
        "BOOL",
        """(x VARCHAR, y) AS starts_with(x, y), (x BLOB, y) AS gs_substring_blob(x, 1, octet_length(y)) = y""",
    ),
    "ENDS_WITH": sql(
        "BOOL",
        """(x VARCHAR, y) AS suffix(x, y), (x BLOB, y) AS octet_length(x) >= octet_length(y) AND
           gs_substring_blob(x, octet_length(x) - octet_length(y) + 1, octet_length(y)) = y""",
    ),
    "CONTAINS_SUBSTR": sql(
        "BOOL",
        """(x, y) AS contains(lower(nfc_normalize(CAST(x AS VARCHAR))), lower(nfc_normalize(y)))""",
    ),
    "TRANSLATE": sql(0, _both("translate", "x, y, z")),
    "title": python("STRING", title, "VARCHAR, VARCHAR -> VARCHAR"),
    "INITCAP": sql("STRING", "(x) AS gs_title(x, '" + WORD_BREAKS.replace("'", "''") + "'), (x, y) AS gs_title(x, y)"),
    "normalized": python("STRING", normalized, "VARCHAR, VARCHAR -> VARCHAR"),
    "NORMALIZE": sql("STRING", "(x) AS gs_normalized(x, 'NFC'), (x, form) AS gs_normalized(x, form)", part=1),
    "NORMALIZE_AND_CASEFOLD": sql(
        "STRING",
        """(x) AS gs_casefolded(x, 'NFC'), (x, form) AS gs_casefolded(x, form)""",
        part=1,
    ),
    "casefolded": python("STRING", casefolded, "VARCHAR, VARCHAR -> VARCHAR"),
    "points": python("ARRAY<INT64>", code_points, "VARCHAR -> BIGINT[]"),
    "byte_points": python("ARRAY<INT64>", list, "BLOB -> BIGINT[]"),
    "TO_CODE_POINTS": sql("ARRAY<INT64>", "(x VARCHAR) AS gs_points(x), (x BLOB) AS gs_byte_points(x)"),
    "CODE_POINTS_TO_STRING": python("STRING", text_of_points, "BIGINT[] -> VARCHAR"),
    "CODE_POINTS_TO_BYTES": python("BYTES", bytes_of_points, "BIGINT[] -> BLOB"),
    "CHR": sql("STRING", "(x BIGINT) AS gs_code_points_to_string([x])"),
    "ASCII": sql(
        "INT64",
        """(x VARCHAR) AS CASE WHEN x = '' THEN 0 WHEN unicode(x) > 127 THEN gs_raise('Argument to ASCII is not a
           structurally valid ASCII string')::BIGINT ELSE unicode(x) END, (x BLOB) AS coalesce(gs_byte_points(x)[1],
           0)""",
    ),
    "UNICODE": sql("INT64", "(x) AS CASE WHEN x = '' THEN 0 ELSE unicode(x) END"),
    "SAFE_CONVERT_BYTES_TO_STRING": python("STRING", lambda x: x.decode(errors="replace"), "BLOB -> VARCHAR"),
    "TO_HEX": sql("STRING", "(x) AS lower(hex(x))"),
    "FROM_HEX": python("BYTES", of_hex, "VARCHAR -> BLOB"),
    "TO_BASE64": sql("STRING", "(x) AS to_base64(x)"),
    "FROM_BASE64": python("BYTES", of_base64, "VARCHAR -> BLOB"),
    "TO_BASE32": python("STRING", lambda x: base64.b32encode(x).decode(), "BLOB -> VARCHAR"),
    "FROM_BASE32": python("BYTES", of_base32, "VARCHAR -> BLOB"),
    **{
        f"digest_{name.lower()}": python("BYTES", lambda x, made=made: made(x).digest(), "BLOB -> BLOB")
        for name, made in DIGESTS.items()
    },
    **{name: sql("BYTES", DIGEST.format(f"gs_digest_{name.lower()}")) for name in DIGESTS},
    "EDIT_DISTANCE": sql("INT64", "(x, y) AS gs_distance(x, y), (x, y, most) AS least(gs_distance(x, y), most)"),
    "distance": python("INT64", distance, "VARCHAR, VARCHAR -> BIGINT"),
    "SOUNDEX": python("STRING", soundex, "VARCHAR -> VARCHAR"),
    "GENERATE_UUID": sql("STRING", "() AS CAST(uuid() AS VARCHAR)"),
    "SPLIT": sql(
        "ARRAY<0>",
        """(x VARCHAR) AS CASE WHEN x = '' THEN [''] ELSE string_split(x, ',') END,
           (x VARCHAR, sep) AS CASE WHEN sep IS NULL THEN NULL WHEN x = '' THEN [''] ELSE string_split(x, sep) END,
           (x BLOB, sep) AS gs_split_bytes(x, sep)""",
    ),
    "split_bytes": python("ARRAY<BYTES>", split, "BLOB, BLOB -> BLOB[]"),
}  # fmt: skip
