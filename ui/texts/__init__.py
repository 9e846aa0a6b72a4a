"""What the interface says, in each of its languages."""
