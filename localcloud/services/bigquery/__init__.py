"""The warehouse: BigQuery's REST API over the lake's Iceberg tables."""

from localcloud.registry import Service

SERVICE = Service(port_offset=3, apis=("bigquery",), client_variables=("BIGQUERY_EMULATOR_HOST=http://{address}",))
