"""Print one of the README's commands, so that CI runs the very lines that a reader copies.

A command is the fenced block right below ``<!-- command: NAME -->``.
"""

import re
import sys
from pathlib import Path

name = sys.argv[1]
readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
blocks = re.findall(rf"<!-- command: {re.escape(name)} -->\n```bash\n(.*?)```", readme, flags=re.DOTALL)
if len(blocks) != 1:
    sys.exit(f"README.md holds {len(blocks)} commands named {name!r}, not one")
sys.stdout.write(blocks[0])
