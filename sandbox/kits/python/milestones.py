"""Prints your milestones, and how near you are to each."""

import os

from portico import Portico

MILESTONES = """
  query Milestones($after: String) {
    milestones(first: 5, after: $after) {
      nodes { title reward { title } progress(first: 1) { nodes { percentComplete } } }
      pageInfo { hasNextPage endCursor }
    }
  }
"""

portico = Portico(os.environ["PORTICO_URL"], os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
for milestone in portico.pages(MILESTONES, "milestones"):
    progress = milestone["progress"]["nodes"]
    percent = progress[0]["percentComplete"] if progress else None
    reward = (milestone["reward"] or {}).get("title", "no reward of its own")
    print(f"{milestone['title']}: {'not begun' if percent is None else f'{percent} %'}; {reward}")
