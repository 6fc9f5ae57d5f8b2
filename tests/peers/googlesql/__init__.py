"""GoogleSQL's own compliance files against the local BigQuery's SQL, in process, where a checkout of them is given."""
