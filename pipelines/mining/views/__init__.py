"""What scenarios build on, and the rows of scenarios.scenarios: one view a file, of the same form as a scenario's."""
