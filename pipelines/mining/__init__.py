"""Mining: finds scenarios in the drive logs. Each is one file of SQL, with its numbers, in scenarios/."""
