"""What the agent can do: typed functions that return a ToolResult. No language model inside."""
