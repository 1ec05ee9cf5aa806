"""The analytics endpoint: GraphQL queries, their answers, their errors, and a rate budget of their own."""
