"""Write the golden plans and the table of requirements anew: ``python -m tests.rules.renew``.

Read what changed (``git diff tests/rules/golden``) against the requirements before it is kept.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import golden_plans
import requirements_table

if __name__ == "__main__":
    for changed in golden_plans.renew():
        print(changed)
    requirements_table.PAGE.write_text(requirements_table.page(), "utf-8")
