"""Scans, findings, cases, decisions, appeals."""

from antifake.cases.models.appealing import AppealEvidence
from antifake.cases.models.asking import (
    ANSWERED,
    AuthorisationClaim,
    ClaimState,
    DraftCheck,
    PhotoQuestion,
    QuestionState,
    SellerDocument,
)
from antifake.cases.models.audits import AuditSample, Population, RefusedContent
from antifake.cases.models.cases import (
    Appeal,
    AppealState,
    Case,
    CaseKind,
    CaseState,
    Decision,
    Verdict,
)
from antifake.cases.models.desk import (
    DeskSettings,
    ItemClaim,
    Proposal,
    ProposalKind,
    ProposalState,
    SavedView,
    SecondLook,
)
from antifake.cases.models.learning import ModelState, ModelVersion, ShadowScore
from antifake.cases.models.rescans import RescanCause, RescanLook, RescanRun, RescanState
from antifake.cases.models.scans import (
    EvidencePack,
    Finding,
    PackPart,
    PictureText,
    Scan,
    ScanState,
    Unscanned,
)

__all__ = [
    "ANSWERED",
    "Appeal",
    "AppealEvidence",
    "AppealState",
    "AuditSample",
    "AuthorisationClaim",
    "Case",
    "CaseKind",
    "CaseState",
    "ClaimState",
    "Decision",
    "DeskSettings",
    "DraftCheck",
    "EvidencePack",
    "Finding",
    "ItemClaim",
    "ModelState",
    "ModelVersion",
    "PackPart",
    "PhotoQuestion",
    "PictureText",
    "Population",
    "Proposal",
    "ProposalKind",
    "ProposalState",
    "QuestionState",
    "RefusedContent",
    "RescanCause",
    "RescanLook",
    "RescanRun",
    "RescanState",
    "SavedView",
    "Scan",
    "ScanState",
    "SecondLook",
    "SellerDocument",
    "ShadowScore",
    "Unscanned",
    "Verdict",
]
