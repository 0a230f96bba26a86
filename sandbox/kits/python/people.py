"""Prints the people who let you read about them, as far as each of them does."""

import os

from portico import Portico

PEOPLE = """
  query People($after: String) {
    sharedCustomers(purpose: "order_support", first: 50, after: $after) {
      nodes { id email orders(first: 1) { nodes { status } } }
      pageInfo { hasNextPage endCursor }
    }
  }
"""

portico = Portico(os.environ["PORTICO_URL"], os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
for person in portico.pages(PEOPLE, "sharedCustomers"):
    # What is null was not agreed to, or is not there: either way it is not to be guessed.
    orders = (person["orders"] or {}).get("nodes", [])
    print(f"{person['id']}: {person['email'] or 'no address'}; {orders[0]['status'] if orders else 'no order'}")
