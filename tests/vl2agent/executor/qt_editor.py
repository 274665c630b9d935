"""A text editor of Qt 5 that writes its text to a file at every change; run by the system's Python."""

import sys
from pathlib import Path

from PyQt5.QtWidgets import QApplication, QPlainTextEdit  # type: ignore[import-not-found]  # the system has it

application = QApplication(["qt-editor"])
editor = QPlainTextEdit()
editor.textChanged.connect(lambda: Path(sys.argv[1]).write_text(editor.toPlainText(), "utf-8"))
editor.show()
application.exec_()
