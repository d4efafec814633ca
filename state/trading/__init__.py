"""Whether a trade may be done: the facts of it, the people who do it, the clauses that answer."""
