"""Text in both directions: nothing that leaves mentions anybody, nothing that people wrote is lost."""

import pytest

from agent.slack.mrkdwn import code, columns, escape, from_markdown, mentioned, plain


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("<@UBOT> is v &lt; 10 mm/s &amp; 188 A sound?", "is v < 10 mm/s & 188 A sound?"),
        ("<@U2> and <@U3|joe>: <#C1|welding> <#C2>", "@someone and @joe: #welding #C2"),
        ("<https://a.b/x?y=1&amp;z=2|the paper> <https://a.b> <mailto:a@b.c|a@b.c>", "the paper https://a.b a@b.c"),
        ("<!here> <!subteam^S1|@team> <!date^1|today>", "here @team today"),
    ],
)
def test_what_people_wrote_as_they_see_it(written: str, meant: str):
    assert plain(written, "UBOT") == meant


def test_who_is_mentioned():
    assert mentioned("<@U1> and <@U2|joe>, <!here>, @U3") == {"U1", "U2"}


@pytest.mark.parametrize("text", ["<!everyone>", "<!channel|x>", "<@U1>", "<!subteam^S1>", "@channel", "@Here", "@everyone"])
def test_nobody_is_called(text: str):
    for written in (escape(text), from_markdown(text), from_markdown(f"**{text}**"), from_markdown(f"[{text}](https://a.b)"), code(text)):
        assert "<!" not in written and "<@" not in written
        assert not any(call in written.lower() for call in ("@channel", "@here", "@everyone"))


@pytest.mark.parametrize(
    ("markdown", "mrkdwn"),
    [
        ("# A **b**\n\ntext", "*A b*\n\ntext"),
        ("**b** *i* ~~s~~ `a<b`", "*b* _i_ ~s~ `a&lt;b`"),
        ("one\ntwo [T1][K1].", "one\ntwo [T1][K1]."),
        ("[x](https://a.b/?c=1&d=2)", "<https://a.b/?c=1&amp;d=2|x>"),
        ("- a\n  - b\n- c", "• a\n  • b\n• c"),
        ("3. x\n4. y", "3. x\n4. y"),
        ("> a\n> b", "> a\n> b"),
        ("```\na  b\n```", "```\na  b\n```"),
        ("| a | long |\n|---|---|\n| 1 | 2 |", "```\na  long\n-  ----\n1  2\n```"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("<b>x</b> & y", "&lt;b&gt;x&lt;/b&gt; &amp; y"),
    ],
)
def test_markdown_as_slack_writes_it(markdown: str, mrkdwn: str):
    assert from_markdown(markdown) == mrkdwn


def test_columns_of_uneven_rows():
    assert columns([["a", "b"], ["long"]]) == "a     b\n----  -\nlong"
