"""What a replica does with more requests than it can answer: it refuses some at once and answers the others in time."""
