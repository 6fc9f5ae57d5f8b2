"""What GoogleSQL has and BigQuery has not."""

from __future__ import annotations

import re

_ELSEWHERE = (
    "AGGREGATE_FILTERING", "ALIASES_FOR", "ANALYSIS_CONSTANT", "ANNOTATION", "ANONYMIZATION", "ARRAY_AGGREGATION",
    "ARRAY_ELEMENTS_WITH_SET", "ARRAY_EQUALITY", "ARRAY_FIND", "ARRAY_ZIP", "BETWEEN_UINT64", "BRACED",
    "CAST_DIFFERENT",
    "CHAINED_FUNCTION", "COLLATION", "CONCAT_MIXED", "CORRELATED_REFS_IN_NESTED_DML", "CREATE_TABLE_FUNCTION",
    "DIFFERENTIAL", "DISABLE_ARRAY_MIN", "DISALLOW_", "DML_", "ENABLE_MEASURES", "ENCRYPTION", "ENUM_VALUE",
    "FIRST_AND_LAST_N", "GEOGRAPHY", "GROUP_BY_GRAPH", "IMPLICIT_COERCION_STRING_LITERAL_TO_BYTES", "INLINE_LAMBDA",
    "JSON_QUERY_LAX", "LATERAL_", "LIMIT_ALL", "LIMIT_OFFSET_EXPR", "MAP_TYPE", "MATCH_", "MULTILEVEL", "MULTIWAY",
    "NESTED_UPDATE", "ORDER_BY_COLLATE", "PIPE", "PROTO", "RADIANS_DEGREES", "REPLACE_FIELDS", "RELAXED_WITH_RECURSIVE",
    "SAFE_FUNCTION_CALL_WITH_LAMBDA", "SINGLE_TABLE_NAME", "SQL_GRAPH", "STRATIFIED", "TABLESAMPLE", "TABLE_VALUED",
    "TEMPLATE_FUNCTIONS", "TIMESTAMP_NANOS", "TIMESTAMP_PICOS", "TYPEOF", "UNNEST_AND_FLATTEN", "UUID",
    "WITH_EXPRESSION",
    "JSON_FLATTEN", "CORRESPONDING", "BY_NAME", "WITH_RECURSIVE_DEPTH", "ENABLE_CONSTANT_EXPRESSION",
)  # fmt: skip
HAS_NOT = re.compile(r"(?:V_\d_\d_)?(?:" + "|".join(_ELSEWHERE) + ")")
"""Features that no query of BigQuery's needs, and pipe syntax, which the parser in the lock knows in part only."""

FOREIGN = re.compile(
    r"zetasql_test|googlesql_test|load_proto|\bRANGE[<(_]|\bPROTO\b|\bENUM\b|TOKENLIST|GEOGRAPHY|\bMAP<|\bUUID\b|\|>|\buint\w*\b|COLLATE|"
    r"language_features|d3a\.|ANON_|KLL_|HLL_|FLATTEN\(|set_flag|int32 out of range|Bad int32|\d{10,} as int32|"
    r"-0[78]\b(?!-)|\bdate AS TIMESTAMP\b|"
    r"\bTIMESTAMP(?:_\w+)?(?:\s+IN)?>?\s*[(\[]?\s*(?:DATETIME|DATE)?\s*[\"'][^\"'+Z]*\d[\"']",
    re.I,
)
"""Types and clauses that BigQuery does not have; RANGE, which the local one refuses by name; and timestamps that are
written without a zone, for which GoogleSQL takes America/Los_Angeles and BigQuery UTC."""

FOREIGN_ROWS = re.compile(r"zetasql_test|googlesql_test|\bRANGE[<(]|\bPROTO\b|\bENUM\b|GEOGRAPHY", re.I)
"""Types of a table's columns that BigQuery, or the local one, does not have."""
