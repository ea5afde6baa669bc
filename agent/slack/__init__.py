"""Slack as a way in: what comes is written down and acknowledged at once, asked through `agent.turns`, and answered in its thread.

app ─▶ incoming ─▶ journal ─▶ desk ─▶ Turns ─▶ the graph
                               │ ▲               │
          downloads, limits ◀──┘ └── reply ◀─────┘        board shows how far it is, buttons what was thought of it
"""
