"""The roles a member of staff can hold (B01): a closed set, named in texts as ``role.<value>``."""

from __future__ import annotations

import enum


class Role(enum.StrEnum):
    """What somebody is entitled to act as."""

    TELLER = "teller"
    """柜员、经办: makes."""
    REVIEWER = "reviewer"
    """复核: checks what a teller made."""
    SUPERVISOR = "supervisor"
    """现场负责人: answers for the counter, approves exceptions."""
    BRANCH_HEAD = "branch_head"
    """网点负责人."""
    LOBBY_MANAGER = "lobby_manager"
    """大堂经理: confirms on the spot at a kiosk."""
    OPERATIONS = "operations"
    """运营管理部: the last word on operations, and the roll."""
    AML_OFFICER = "aml_officer"
    """反洗钱专员: sees suspicions."""
    VISIT_LEADER = "visit_leader"
    """上门核查负责人."""
    VISIT_MEMBER = "visit_member"
    """上门核查人员."""
    SUPPORT = "support"
    """技术支持: sees devices and logs, no customers."""
    INSPECTOR = "inspector"
    """检查、审计: sees everything, makes nothing."""
    SENIOR_MANAGEMENT = "senior_management"
    """高级管理层: approves relations with foreign political figures (M07)."""
    KIOSK = "kiosk"
    """自助设备: the account of a machine. Nobody signs in with it, and it never approves."""

    @property
    def text(self) -> str:
        """Message key of its name."""
        return f"role.{self.value}"

    @property
    def is_service(self) -> bool:
        """True for what is no person."""
        return self is Role.KIOSK
