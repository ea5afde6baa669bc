"""Slack as a way in: what comes is written down and acknowledged at once, asked through `agent.many.turns`, and answered where it was asked.

app ─▶ incoming ─▶ journal ─▶ desk ─▶ questions ─▶ Turns ─▶ the graph
                               │ ▲        │
  lanes, downloads, posting ◀──┘ └ reply ◀┘        board shows how far it is, buttons what was thought of it
"""
