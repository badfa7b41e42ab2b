"""A message as a letter, which SMTP and Amazon SES are handed alike."""

import re
from datetime import datetime
from email.headerregistry import HeaderRegistry, MessageIDHeader
from email.message import EmailMessage
from email.policy import SMTP as RFC_5322
from email.utils import parseaddr
from hashlib import sha256

from ..core.errors import Text
from ..ports import GiveUp, Outgoing
from . import too_long, utf8_size

LONGEST = 100_000  # bytes of text; mail programs hide what is beyond 102 KB
MAILBOX = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@[A-Za-z0-9.-]{1,253}", re.ASCII)
MESSAGE_ID = re.compile(r"<[^\s<>]+@[^\s<>]+>", re.ASCII)
HEADERS = HeaderRegistry()
for name in ("In-Reply-To", "References"):
    HEADERS.map_to_type(name, MessageIDHeader)  # else the library encodes a long id, and the thread breaks
POLICY = RFC_5322.clone(cte_type="7bit", header_factory=HEADERS)  # 7 bits go through every server


def letter(sender: str, message: Outgoing, now: datetime) -> EmailMessage:
    """The message as RFC 5322 has it. Its Message-ID is the same at every attempt, so that a repeat can be told from a second
    letter; `follows` is the Message-ID of the letter before it in its thread."""
    made = EmailMessage(policy=POLICY)
    made["From"], made["To"] = sender, message.address
    made["Subject"] = " ".join((message.subject or message.text.partition("\n")[0]).split())
    made["Date"] = now
    made["Message-ID"] = f"<{sha256(message.key.encode()).hexdigest()[:32]}@{domain(sender)}>"
    if message.follows and MESSAGE_ID.fullmatch(message.follows):
        made["In-Reply-To"] = made["References"] = message.follows
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no "I am on leave" in answer
    made.set_content(message.text)
    return made


def mailbox(sender: str) -> str:
    """The bare address of "督办 <duban@example.gov.cn>"."""
    return parseaddr(sender)[1]


def domain(sender: str) -> str:
    return mailbox(sender).rpartition("@")[2]


def wrong_mailbox(address: str) -> Text | None:
    return (
        None if MAILBOX.fullmatch(address) else Text("应为邮箱，如 name@example.gov.cn", "a mailbox like name@example.gov.cn")
    )


def unfit(title: str, message: Outgoing) -> GiveUp | None:
    """Why the message cannot be a letter; None where it can."""
    if not MAILBOX.fullmatch(message.address):
        return GiveUp(f"{title} 地址不是邮箱，应如 name@example.gov.cn (not a mailbox)")
    size = utf8_size(message.text)
    return too_long(title, size, LONGEST) if size > LONGEST else None
