"""Mining: finds scenarios in the drive logs. Definitions are SQL (scenarios/), thresholds in parameters.py."""
