"""From a query's text to its one statement as a tree."""

from __future__ import annotations

import re

import sqlglot
from sqlglot import exp
from sqlglot.expressions.dml import DML
from sqlglot.tokenizer_core import Token, TokenType

from localcloud.services.bigquery.constants import refuse_nulls
from localcloud.services.bigquery.errors import WRITTEN, invalid_query
from localcloud.services.bigquery.googlesql import DIALECT
from localcloud.services.bigquery.pivots import without_pivots
from localcloud.services.bigquery.set_operations import refuse_forms

WRITES = (DML, exp.Merge, exp.Create, exp.Alter, exp.Drop, exp.TruncateTable, exp.LoadData)
ONLY_READ = f"{WRITTEN}; only SELECT runs here"
SCRIPTS = "a query is one SELECT here, no script"
INSTEAD = dict.fromkeys(
    ("ASSERT", "BEGIN", "CALL", "DECLARE", "EXECUTE", "IF", "LOOP", "SET", "WHILE", "FOR"), SCRIPTS
) | {
    "VALUES": "write SELECT * FROM UNNEST([...])",
}


def parsed(query: str) -> exp.Query:
    """The query's tree. Errors: GoogleError 400 for anything but one SELECT; SqlglotError for wrong syntax."""
    tokens = sqlglot.tokenize(query, read=DIALECT)
    _refuse_pipes(tokens)
    found = sqlglot.parse(_with_unnests(query, tokens), dialect=DIALECT)
    statements = [one for one in found if one is not None and not isinstance(one, exp.Semicolon)]  # a mere comment
    for statement in statements:
        if isinstance(statement, WRITES) or not isinstance(statement, exp.Query):
            name = _first_word(statement) if len(statements) > 1 else tokens[0].text
            raise invalid_query(f"{name.upper()} is not supported: {INSTEAD.get(name.upper(), ONLY_READ)}")
    if len(statements) != 1:
        raise invalid_query(f"One statement at a time, please: the query has {len(statements)}")
    (tree,) = statements
    assert isinstance(tree, exp.Query)
    refuse_forms(tree)
    refuse_nulls(tree)
    _refuse_foreign(tree)
    _refuse_picoseconds(tree)
    without_pivots(tree)
    return _with_json_literals(tree)


def _first_word(statement: exp.Expr) -> str:
    return statement.this if isinstance(statement, exp.Command) else statement.sql(dialect=DIALECT).split(" ", 1)[0]


def _refuse_pipes(tokens: list[Token]) -> None:
    """SQLGlot knows the operators of pipe syntax in part only."""
    if any(token.token_type == TokenType.PIPE_GT for token in tokens):
        raise invalid_query("Pipe syntax (|>) is not supported here: write the query as a SELECT")


def _refuse_foreign(tree: exp.Expr) -> None:
    """Functions that the parser knows of other dialects, and clauses that the engine takes for its own."""
    for node in tree.find_all(exp.NextDay):
        raise invalid_query(f"Function not found: {node.sql_name()}")
    for node in tree.find_all(exp.Interval):
        if node.this is not None and re.search(r"\.\d{7}", node.this.name):
            raise invalid_query("An INTERVAL has six digits of a second, not more")
    if any(not isinstance(node.parent, exp.Table) for node in tree.find_all(exp.TableSample)):
        raise invalid_query("TABLESAMPLE is for tables only: of other rows, write WHERE RAND() < 0.1")


def _refuse_picoseconds(tree: exp.Expr) -> None:
    for kind in tree.find_all(exp.DataType):
        if kind.is_type(exp.DType.TIMESTAMPTZ) and [one.name for one in kind.expressions] not in ([], ["6"]):
            raise invalid_query("TIMESTAMP of another precision than 6 is not supported here")


def _with_unnests(query: str, tokens: list[Token]) -> str:
    """The query with UNNEST where WITH OFFSET implies it: FROM t, t.array AS x WITH OFFSET."""
    pieces, end = list[str](), 0
    for place, token in enumerate(tokens):
        if token.text.upper() == "OFFSET" and place > 1 and tokens[place - 1].token_type == TokenType.WITH:
            path = _path_before(tokens, place - 1)
            if path:
                start, stop = path[0].start, path[-1].end + 1
                pieces += [query[end:start], f"UNNEST({query[start:stop]})"]
                end = stop
    return "".join([*pieces, query[end:]])


def _path_before(tokens: list[Token], end: int) -> list[Token]:
    """The array's path that ends before `end`, save for its alias; empty after the parenthesis of an UNNEST."""
    last = end - 1
    if tokens[last - 1].token_type == TokenType.ALIAS:
        last -= 2
    elif tokens[last - 1].token_type != TokenType.DOT:
        last -= 1
    first = last
    while first > 1 and tokens[first - 1].token_type == TokenType.DOT:
        first -= 2
    return tokens[first : last + 1] if first < last else []


def _with_json_literals(tree: exp.Query) -> exp.Query:
    """JSON '{...}'.a is a field of the literal; SQLGlot parses the literal of a field."""
    for literal in list(tree.find_all(exp.ParseJSON)):
        access = literal.this
        if literal.args.get("is_literal") and isinstance(access, (exp.Dot, exp.Bracket)):
            literal.replace(access)
            text = access
            while isinstance(text, (exp.Dot, exp.Bracket)):
                text = text.this
            text.replace(exp.ParseJSON(this=text.copy(), is_literal=True))
    return tree
