"""How the chat templates of some families write tools and calls: their own lines for these, and as little as can be around them."""

_TOOLS = "{% if tools %}<s>system{% for tool in tools %}{{ '\\n' + tool | tojson }}{% endfor %}</s>\n{% endif %}"
_CALL = (
    """{{- '<tool_call>\\n{"name": "' + call.function.name + '", "arguments": ' }}{{- call.function.arguments | tojson }}{{- '}\\n</tool_call>' }}"""
)

QWEN25 = (
    _TOOLS
    + """{%- for m in messages %}
    {%- if not m.tool_calls %}
        {{- '<s>' + m.role + '\\n' + m.content + '</s>\\n' }}
    {%- else %}
        {{- '<s>' + m.role }}{%- if m.content %}{{- '\\n' + m.content }}{%- endif %}
        {%- for call in m.tool_calls %}{{- '\\n' }}"""
    + _CALL
    + """{%- endfor %}{{- '</s>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<s>assistant\\n' }}{%- endif %}"""
)
QWEN3 = (
    _TOOLS
    + """{%- for m in messages %}
    {{- '<s>' + m.role + '\\n' }}{%- if loop.last and m.role == 'assistant' %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}{{- m.content }}
    {%- for call in m.tool_calls or [] %}{%- if m.content or not loop.first %}{{- '\\n' }}{%- endif %}"""
    + _CALL
    + """{%- endfor %}{{- '</s>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<s>assistant\\n' }}{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}
{%- endif %}"""
)
LLAMA3 = """{%- if tools %}
    {{- 'Respond in the format {"name": function name, "parameters": dictionary of argument name and its value}.' }}
    {%- for t in tools %}{{- t | tojson(indent=4) + '\\n\\n' }}{%- endfor %}
{%- endif %}
{%- for m in messages %}
    {{- '<s>' + m.role + '\\n\\n' }}
    {%- if 'tool_calls' in m %}
        {%- if m.tool_calls | length != 1 %}{{- raise_exception("This model only supports single tool-calls at once!") }}{%- endif %}
        {%- set call = m.tool_calls[0].function %}
        {{- '{"name": "' + call.name + '", "parameters": ' }}{{- call.arguments | tojson }}{{- '}' }}
    {%- else %}{{- m.content | trim }}{%- endif %}
    {{- '</s>' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<s>assistant\\n\\n' }}{%- endif %}"""
GEMMA3 = """{%- for m in messages %}{{- '<s>' + m.role + '\\n' + m.content | trim + '<end_of_turn>\\n' }}{%- endfor %}
{%- if add_generation_prompt %}{{- '<s>assistant\\n' }}{%- endif %}"""
QWEN3_CODER = (
    _TOOLS
    + """{%- for m in messages %}{{- '<s>' + m.role + '\\n' + m.content }}
    {%- for call in m.tool_calls or [] %}{{- '<tool_call>\\n<function=' + call.function.name + '>\\n</function>\\n</tool_call>' }}{%- endfor %}
    {{- '</s>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<s>assistant\\n' }}{%- endif %}"""
)
