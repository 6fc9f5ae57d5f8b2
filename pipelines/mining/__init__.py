"""Mining: finds scenarios in the drive logs. The definitions are SQL (scenarios/), their thresholds in parameters.py."""
