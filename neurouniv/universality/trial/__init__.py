"""The one question in one call: several systems, their verdicts, and what they have in common."""
