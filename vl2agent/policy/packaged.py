"""The rules that come with the package: what is listed as dangerous, and what is worth asking about."""

from __future__ import annotations

import re

from vl2agent.policy.rules import Rate, Rule

_COMMAND = (
    r"(?:^|[;&|`({\n]|\b(?:sudo|doas)\b(?:\s+-\S+(?:\s+[a-z_]\w*(?=\s))?){0,4}"
    r"|\s-c\s+[\"']|\b(?:env|busybox|nohup|xargs)\b)\s*(?:[\w./]*/|\\)?"
)
"""Where a shell reads a command's name: also behind what runs another, and with its folder before it."""

BUILTIN = (
    Rule(
        name="the screen's own keys",
        verdict="deny",
        reason="it would end the session or leave the screen",
        keys=(
            *("ctrl+alt+*delete", "ctrl+alt+*backspace", "ctrl+alt+*f[0-9]", "ctrl+alt+*f1[0-2]"),
            *("alt+*printscreen", "ctrl+alt+*printscreen", "super+l", "ctrl+alt+l", "ctrl+alt+q", "super+shift+q"),
        ),
    ),
    Rule(
        name="closing the desktop",
        verdict="deny",
        reason="no window is known that it would close; on a bare desktop it ends the session",
        keys=("alt+*f4",),
        window=re.compile("^$"),
    ),
    Rule(
        name="commands that destroy",
        verdict="deny",
        reason="in a terminal it would wipe files or disks, or run what nobody has read",
        typed=re.compile(
            rf"{_COMMAND}rm\s+(?:-\S+\s+)*-(?=\S*[rR-])\S+\s+(?:-\S+\s+)*[\"']?(?:/|~|\*|\.\.?(?:/|\s|$)|\$\{{?HOME)"
            rf"|{_COMMAND}(?:mkfs(?:\.\w+)?|wipefs|shred|fdisk|parted)\s+\S"
            rf"|{_COMMAND}dd\s[^\n]*\bof=/dev/"
            r"|>\s*/dev/(?:sd|hd|vd|nvme|mmcblk|disk)"
            r"|:\(\)\s*\{[^}]*\|[^}]*\}"
            rf"|{_COMMAND}ch(?:mod|own)\s+(?:\S+\s+)*-(?:R|-recursive)\s+(?:\S+\s+)*/(?:\s|$)"
            r"|\b(?:curl|wget)\s[^\n|]*\|&?\s*(?:sudo\s+)?(?:env\s+)?(?:ba|z|da|k|fi)?sh\b"
            r"|\b(?:curl|wget)\s[^\n|]*\|&?\s*(?:sudo\s+)?(?:python|perl|ruby|node)\d*\b"
            r"|(?:\b(?:(?:ba|z|da)?sh|eval|source)|(?:^|\s)\.)\s+(?:<<<\s*|-c\s+)?[\"']?(?:<\(|\$\()\s*(?:curl|wget)\b"
            rf"|{_COMMAND}(?:shutdown|reboot|poweroff)(?:\s+(?:-\S+|now|\+\d+))*\s*(?:$|[;&\n])"
            rf"|{_COMMAND}(?:format\s+[a-z]:|(?:del|erase|rd|rmdir)\s+(?:/\w\s+)*/s\b|vssadmin\s+delete\b)"
            r"|\bremove-item\b[^\n]*-recurse\b|\biex\s*[\(\"'$&]|\binvoke-expression\b"
        ),
    ),
    Rule(
        name="code in the address bar",
        verdict="deny",
        reason="a browser would run it as a part of the page that is open",
        typed=re.compile(r"(?m)^\s*(?:javascript|vbscript):|^\s*data:[\w+./-]*[;,]"),
    ),
    Rule(
        name="faster than a screen can follow",
        verdict="deny",
        reason="more than 50 actions in a second is a loop gone wild",
        rate=Rate(per_second=50),
    ),
)
"""Rules that come before a file's, unless it says `builtin = false`, or names some of them in `without`."""

BUILTIN_TEXT = (
    Rule(
        name="what cannot be undone",
        verdict="deny",
        reason="it would erase a disk, an account or a device",
        actions=("click", "drag"),
        text=re.compile(
            r"\bfactory[ -]?reset\b|\b(?:erase|wipe|format|overwrite)\b.{0,20}\b(?:disks?|drives?|volumes?|partitions?"
            r"|everything|all data|device)\b|\b(?:delete|close|deactivate|remove)\b.{0,12}\baccount\b"
            r"|\breset this (?:pc|device|computer)\b"
        ),
    ),
)
"""They come with the others where something reads the screen."""

RISKY = (
    Rule(name="closing a window", verdict="ask", keys=("alt+f4", "ctrl+w", "ctrl+q", "ctrl+shift+w", "ctrl+shift+q")),
    Rule(name="deleting", verdict="ask", keys=("delete", "shift+delete", "ctrl+delete", "ctrl+backspace")),
    Rule(name="sending with enter", verdict="ask", actions=("key",), keys=("enter", "ctrl+enter")),
    Rule(name="sending typed text", verdict="ask", actions=("type",), typed=re.compile(r"\n")),
    Rule(
        name="typing into a terminal",
        verdict="ask",
        actions=("type", "key"),
        window=re.compile(r"terminal|konsole|xterm|console|powershell|cmd\.exe", re.IGNORECASE),
    ),
    Rule(
        name="a button that commits",
        verdict="ask",
        actions=("click",),
        text=re.compile(
            r"\b(delete|remove|erase|discard|empty|format|reset|uninstall|shut ?down|restart|log ?out|buy|pay|order"
            r"|send|submit|post|publish|sign|transfer|overwrite|replace)\b",
            re.IGNORECASE,
        ),
    ),
)
"""What `--approve risky` asks about, after a file's own rules."""
