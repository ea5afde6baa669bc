"""Draw a thread from the blocks that the assistant sends: the picture of docs/slack.md.

    python -m tests.agent.slack.draw docs/pictures/slack.png

Real tools and no language model answer real questions over the Slack of the tests; a page that looks a little like Slack shows what came.
"""

import html
import re
import sys
import tempfile
from pathlib import Path

from slack_bolt.adapter.socket_mode import SocketModeHandler

from agent.settings import Settings, SlackSettings, settings
from agent.slack.run import assistant
from tests.agent.slack.fake_slack import APP_TOKEN, BOT_TOKEN, FakeSlack, Posted

QUESTION = "Would a bead at 188 A, 21.4 V and 48 cm/min be normal, which heat input has it, and why does humping happen?"
TABLE = b"id;Current (A);Voltage (V);Travel speed (cm/min);process\nA1;188;21,4;48;CMT\nA2;240;26;90;CMT\nA3;120;17;30;CMT\n"
CSS = """
body { font: 15px/1.46 Lato, "Noto Sans", "DejaVu Sans", sans-serif; color: #1d1c1d; width: 760px; padding: 10px 20px; background: white; }
.message { display: flex; gap: 10px; margin: 14px 0; } .face { width: 36px; height: 36px; border-radius: 6px; flex: none; color: white;
text-align: center; line-height: 36px; font-weight: bold; } .name { font-weight: 900; } .app { background: #e8e8e8; font-size: 10px; padding: 1px 3px;
border-radius: 2px; margin-left: 4px; color: #616061; } .section { margin: 4px 0; white-space: pre-wrap; } .context { font-size: 12px;
color: #616061; white-space: pre-wrap; margin: 6px 0; } pre { background: #f8f8f8; border: 1px solid #ddd; border-radius: 4px; padding: 8px;
font: 12px/1.5 "DejaVu Sans Mono", monospace; margin: 4px 0; white-space: pre-wrap; }
button { border: 1px solid #bbb; border-radius: 4px; background: white;
padding: 5px 12px; font-weight: bold; margin: 6px 8px 0 0; }
.file { border: 1px solid #ddd; border-radius: 8px; padding: 8px 12px; display: inline-block; }
.label { font-size: 11px; color: #888; border-top: 1px solid #eee; padding-top: 6px; }
"""


def mrkdwn(text: str) -> str:
    """mrkdwn, which has its entities already, as HTML."""
    written = ""
    for at, part in enumerate(text.split("```")):
        if at % 2:
            written += f"<pre>{part.strip()}</pre>"
        else:
            part = re.sub(r"(?<!\w)\*([^*\n]+)\*", r"<b>\1</b>", part.strip("\n"))
            written += re.sub(r"(?<!\w)_([^_\n]+)_(?!\w)", r"<i>\1</i>", part)
    return written


def message(name: str, colour: str, inner: str, app: bool = False) -> str:
    badge = '<span class="app">APP</span>' if app else ""
    face = f'<div class="face" style="background:{colour}">{name[0].upper()}</div>'
    return f'<div class="message">{face}<div><span class="name">{name}</span>{badge}{inner}</div></div>'


def ours(posted: Posted) -> str:
    inner = ""
    for block in posted.blocks:
        if block["type"] == "section":
            inner += f'<div class="section">{mrkdwn(block["text"]["text"])}</div>'
        elif block["type"] == "context":
            inner += "".join(f'<div class="context">{mrkdwn(each["text"])}</div>' for each in block["elements"])
        else:
            words = (re.sub(r"[^\x00-\uffff]\s*", "", each["text"]["text"]) for each in block["elements"])  # no font here has the hands
            inner += "".join(f"<button>{each}</button>" for each in words)
    return message("waam", "#1f3a5f", inner, app=True)


def theirs(text: str, file: str = "") -> str:
    attached = f'<div class="file">{file}</div>' if file else ""
    return message("Mina", "#7c5295", f'<div class="section">{html.escape(text)}</div>{attached}')


def thread() -> str:
    """The page: two questions, and what was answered."""
    with tempfile.TemporaryDirectory() as folder, FakeSlack() as fake:
        home = Path(folder)
        for made in ("models", "knowledge"):  # read where they are; what is asked here is not kept
            (home / made).symlink_to(settings().home / made)
        slack = SlackSettings(bot_token=BOT_TOKEN, app_token=APP_TOKEN, api_url=f"{fake.url}/api/")  # type: ignore[arg-type]
        config = Settings(home=home, slack=slack)
        with assistant(config, None) as assisting:
            handler = SocketModeHandler(assisting.app, APP_TOKEN)
            handler.connect()
            fake.ack(fake.mention(QUESTION))
            first = fake.finished()
            fake.ack(fake.mention("Would these be normal?", files=[fake.file("beads.csv", TABLE)]))
            second = fake.posted("row")
            handler.close()
        return (
            f"<meta charset=utf-8><style>{CSS}</style>{theirs('@waam ' + QUESTION)}{ours(first)}{theirs('@waam Would these be normal?', 'beads.csv')}"
            f"{ours(second)}<div class=label>Drawn from the blocks that the assistant sends; not a photograph of Slack.</div>"
        )


def main(picture: Path) -> None:
    from playwright.sync_api import sync_playwright

    page = thread()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 800, "height": 600}, device_scale_factor=1.5)
        tab.set_content(page)
        tab.screenshot(path=str(picture), full_page=True)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
