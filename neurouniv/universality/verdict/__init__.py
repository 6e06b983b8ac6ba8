"""The verdict on a law: its rule, what the rule looks at, its words, and how often it errs."""
