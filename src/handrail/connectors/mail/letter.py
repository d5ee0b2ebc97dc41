"""Letter -> an e-mail to a buyer, with the invitation that mail clients put into calendars."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from handrail.connectors.mail.client import NO_ADDRESS, MailSettings, hand_over
from handrail.connectors.mail.page import Page, html_of
from handrail.connectors.mail.translate import HEADER_CHARACTERS_MAX, one_line
from handrail.engine.arranging.letters import Letter
from handrail.engine.deliver import Outcome, Undeliverable


class LetterSender:
    """Writes to buyers, through the server by which reps are written to."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    async def send(self, letter: Letter) -> Outcome:
        settings = self._settings
        try:
            email = email_of_letter(
                letter, sender=settings.sender, message_domain=settings.message_domain
            )
        except NO_ADDRESS as fault:
            return Undeliverable(reason=f"no e-mail can be written to this address: {fault}")
        return await hand_over(email, settings)


def email_of_letter(letter: Letter, *, sender: str, message_domain: str) -> EmailMessage:
    """Answers go to the rep. Pure; nothing a buyer typed becomes markup."""
    email = EmailMessage()
    email["From"] = sender
    email["To"] = Address(
        display_name=one_line(letter.to_name), addr_spec=one_line(letter.to_email)
    )
    if letter.reply_email:
        email["Reply-To"] = Address(
            display_name=one_line(letter.reply_name), addr_spec=one_line(letter.reply_email)
        )
    email["Subject"] = one_line(letter.subject)[:HEADER_CHARACTERS_MAX]
    email["Date"] = format_datetime(letter.sent_at)
    email["Message-ID"] = f"<{letter.key}@{message_domain}>"
    email["Auto-Submitted"] = "auto-generated"
    email.set_content(_plain(letter))
    email.add_alternative(_html(letter), subtype="html")
    if letter.invitation is not None:
        email.add_alternative(
            letter.invitation.text,
            subtype="calendar",
            params={"method": letter.invitation.method},
        )
    return email


def _plain(letter: Letter) -> str:
    lines = [*letter.paragraphs, *(f"{says}: {url}" for says, url in letter.links)]
    return "\n\n".join(one_line(line) for line in lines) + "\n"


def _html(letter: Letter) -> str:
    return html_of(
        Page(
            title=one_line(letter.subject),
            paragraphs=tuple(map(one_line, letter.paragraphs)),
            links=tuple(letter.links),
        )
    )
