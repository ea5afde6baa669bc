"""Files of a message, fetched from Slack into a private folder of their conversation. These are the only files that Slack's graph opens.

The bot's token goes along, so nothing is fetched from anywhere but Slack, and no redirection is followed to another place.
"""

import hashlib
import re
import shutil
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from agent.attached import files
from agent.errors import BadInput, WaamError
from agent.slack.incoming import Attached, Incoming

HOSTS = ("slack.com", "slack-files.com", "slack-gov.com")
MOST_FILES = 5
_ODD = re.compile(r"[^\w.()+-]+")


class Downloads:
    """`folder` is below WAAM_HOME; `most_mb` is the size of one file."""

    def __init__(self, client: WebClient, folder: Path, most_mb: int) -> None:
        self._client, self._folder, self._most = client, folder, most_mb

    def fetch(self, incoming: Incoming) -> list[str]:
        """The paths of the files, fetched once each. Raises BadInput, one sentence, for what is not read and what is too large."""
        if len(incoming.files) > MOST_FILES:
            raise BadInput(f"That message has {len(incoming.files)} files and I read up to {MOST_FILES} at once; send them in several messages.")
        for file in incoming.files:
            self._check(file)
        where = self._folder / hashlib.sha256(incoming.conversation.encode()).hexdigest()[:16]
        return [str(self._one(file, where)) for file in incoming.files]

    def prune(self, days: int) -> None:
        """Remove the conversations whose last file came longer ago."""
        for folder in self._folder.iterdir() if self._folder.exists() else ():
            if folder.stat().st_mtime < time.time() - days * 86_400:
                shutil.rmtree(folder, ignore_errors=True)

    def _check(self, file: Attached) -> None:
        files.refuse_unread(f"{Path(file.name).stem[:60]}{Path(file.name).suffix[:10]}")
        if file.external:
            raise BadInput(f"{_shown(file)} lies outside Slack; upload the file itself.")
        if file.size > self._most * 1e6:
            raise BadInput(f"{_shown(file)} has {file.size / 1e6:.0f} MB and the limit is {self._most} MB; send a part of it.")

    def _one(self, file: Attached, where: Path) -> Path:
        """A folder for each file, named by its id, so that the file keeps its name."""
        path = where / _safe(file.id) / _safe(file.name)
        if path.exists():
            return path
        for folder in (self._folder, where, path.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_name(f".{path.name}.partial")
        try:
            self._copy(file, self._url(file), part)
            part.replace(path)
        except (httpx.HTTPError, OSError) as broken:
            raise WaamError(f"{_shown(file)} could not be fetched from Slack ({type(broken).__name__}); send it again.") from broken
        finally:
            part.unlink(missing_ok=True)
        return path

    def _url(self, file: Attached) -> str:
        url = file.url
        if not url:  # in a shared channel the event only names the file
            try:
                url = str(self._client.files_info(file=file.id)["file"].get("url_private_download") or "")
            except SlackApiError as refused:
                raise WaamError(f"Slack does not hand out {_shown(file)} ({refused.response['error']}); docs/slack.md lists the scopes.") from refused
        if not of_slack(url, self._client.base_url):
            raise BadInput(f"{_shown(file)} does not lie at Slack; upload the file itself.")
        return url

    def _copy(self, file: Attached, url: str, to: Path) -> None:
        size = 0
        with httpx.stream("GET", url, headers={"Authorization": f"Bearer {self._client.token}"}, timeout=30, follow_redirects=False) as response:
            if response.status_code != 200 or response.headers.get("content-type", "").startswith("text/html"):  # a page to sign in
                raise WaamError(f"Slack does not hand out {_shown(file)} to this bot; give it the scope files:read (docs/slack.md).")
            with to.open("wb") as out:
                to.chmod(0o600)
                for piece in response.iter_bytes():
                    if (size := size + len(piece)) > self._most * 1e6:
                        raise BadInput(f"{_shown(file)} is larger than the limit of {self._most} MB; send a part of it.")
                    out.write(piece)


def of_slack(url: str, api: str) -> bool:
    """Whether the token may go there: one of Slack's own hosts over HTTPS, or the very server that the token is sent to anyway."""
    try:
        there, ours = urlsplit(url), urlsplit(api)
        if (there.scheme, there.hostname, there.port) == (ours.scheme, ours.hostname, ours.port):
            return there.username is None
        return there.scheme == "https" and there.username is None and any(f".{there.hostname}".endswith(f".{host}") for host in HOSTS)
    except ValueError:
        return False


def _safe(name: str) -> str:
    """A name that is one step of a path and no more."""
    path = Path(_ODD.sub("_", name.replace("\\", "/").rsplit("/", 1)[-1]).lstrip("."))
    return f"{path.stem[:80] or 'file'}{path.suffix[:10]}"


def _shown(file: Attached) -> str:
    return file.name[:60]
