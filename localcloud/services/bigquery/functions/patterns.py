"""Functions of regular expressions, where the engine's own differ.

source: docs.cloud.google.com/bigquery/docs/reference/standard-sql/string_functions#regexp_instr
"""

from __future__ import annotations

from localcloud.services.bigquery.functions.function import Function, sql

FUNCTIONS: dict[str, Function] = {
    "REGEXP_INSTR": sql(
        "INT64",
        """(x VARCHAR, form) AS gs_regexp_at(x, form, 1, 1, 0), (x VARCHAR, form, p) AS gs_regexp_at(x, form, p, 1, 0),
           (x VARCHAR, form, p, n) AS gs_regexp_at(x, form, p, n, 0),
           (x VARCHAR, form, p, n, after) AS gs_regexp_at(x, form, p, n, after)""",
    ),
    "regexp_at": sql(
        "INT64",
        r"""(x, form, p, n, after) AS CASE WHEN regexp_matches(form, '(^|[^\\])[(]([^?]|[?]P?<)')
            THEN CAST(gs_raise('REGEXP_INSTR with a capturing group is not supported here: ' || form) AS BIGINT)
            WHEN p < 1 OR n < 1 OR after NOT IN (0, 1)
            THEN CAST(gs_raise('Third and fourth arguments of REGEXP_INSTR must be positive: ' || p || ', ' || n) AS
            BIGINT)
            WHEN x IS NULL OR form IS NULL OR p IS NULL OR n IS NULL OR after IS NULL THEN NULL
            WHEN form = '' OR p > length(x) OR len(regexp_extract_all(x[p:], form)) < n THEN 0
            ELSE p + gs_lengths(string_split_regex(x[p:], form)[1:n])
            + gs_lengths(regexp_extract_all(x[p:], form)[1:n - 1 + after]) END""",
    ),
    "lengths": sql(
        "INT64", "(texts) AS CAST(coalesce(list_sum(list_transform(texts, lambda s: length(s))), 0) AS BIGINT)"
    ),
}
