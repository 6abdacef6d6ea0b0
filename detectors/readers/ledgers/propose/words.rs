//! The words that name the fields of a record in exports.

/// A field of a record and the words that name it in the exports of this world, the most telling
/// first.
pub(super) struct Synonyms(pub(super) &'static str, pub(super) &'static [&'static str]);

pub(super) const SUBJECT: Synonyms = Synonyms(
    "subject",
    &[
        "service account",
        "account name",
        "account",
        "identity",
        "requested for",
        "beneficiary",
        "user name",
        "username",
        "user",
        "principal",
        "subject",
        "member",
        "native identity",
        "email",
        "upn",
        "login",
    ],
);

pub(super) const GRANT: &[Synonyms] = &[
    Synonyms(
        "grant.resource",
        &[
            "resource",
            "target",
            "application",
            "safe",
            "database",
            "scope",
            "system",
            "asset",
            "source",
            "object",
            "endpoint",
        ],
    ),
    Synonyms(
        "grant.privilege",
        &[
            "privilege",
            "entitlement",
            "permission",
            "role",
            "access level",
            "access",
            "access profile",
            "group",
            "right",
        ],
    ),
];

pub(super) const ENTITLEMENT: &[Synonyms] = &[
    Synonyms("state", &["state", "status", "outcome", "request status", "result"]),
    Synonyms(
        "requested_by",
        &["requested by", "requester", "requestor", "opened by", "submitted by"],
    ),
    Synonyms(
        "not_before",
        &["start date", "valid from", "effective date", "start", "from", "begin"],
    ),
    Synonyms(
        "not_after",
        &[
            "end date",
            "expiry date",
            "expiration date",
            "valid to",
            "valid until",
            "expires",
            "expiry",
            "expiration",
            "sunset",
            "end",
            "remove date",
            "until",
        ],
    ),
    Synonyms(
        "ticket",
        &[
            "ticket",
            "ticket number",
            "change",
            "change number",
            "request number",
            "request id",
            "number",
            "incident",
        ],
    ),
    Synonyms(
        "justification",
        &[
            "justification",
            "reason",
            "comment",
            "comments",
            "purpose",
            "business justification",
            "description",
        ],
    ),
];

pub(super) const APPROVER: &[Synonyms] = &[
    Synonyms("by", &["approver", "approved by", "reviewer", "decided by"]),
    Synonyms(
        "at",
        &[
            "approval date",
            "approved on",
            "approved at",
            "decision date",
            "decided",
            "completed",
            "approved",
        ],
    ),
    Synonyms("decision", &["decision", "approval", "status", "state", "outcome"]),
];

pub(super) const REVIEW: &[Synonyms] = &[
    Synonyms("decision", &["decision", "outcome", "result", "status"]),
    Synonyms("reviewer", &["reviewer", "certifier", "reviewed by", "decided by"]),
    Synonyms(
        "decided_at",
        &[
            "decision date",
            "decided at",
            "reviewed at",
            "reviewed on",
            "sign off date",
            "completed",
            "date",
        ],
    ),
    Synonyms("next_due", &["next review", "next due", "due date", "next certification"]),
];

pub(super) const ISSUANCE: &[Synonyms] = &[
    Synonyms(
        "actor",
        &["actor", "performed by", "issuer", "operator", "checked out by", "requester"],
    ),
    Synonyms(
        "issued_at",
        &[
            "checkout time",
            "checkout",
            "start time",
            "issued at",
            "session start",
            "started",
            "start",
            "activated",
            "time",
        ],
    ),
    Synonyms("expires_at", &["expires at", "expiry", "expires", "valid until", "expiration"]),
    Synonyms(
        "ended_at",
        &["check in time", "checkin", "end time", "session end", "ended", "end", "returned"],
    ),
];

pub(super) const IDENTITY: &[Synonyms] = &[
    Synonyms("status", &["status", "state", "active", "enabled", "employment status"]),
    Synonyms("owner", &["owner", "primary owner", "owner email", "business owner", "manager"]),
    Synonyms("sponsor", &["sponsor"]),
    Synonyms("env", &["environment", "env", "stage"]),
    Synonyms("purpose", &["purpose", "description"]),
    Synonyms("created_at", &["created", "created at", "created on", "creation date"]),
    Synonyms("last_used", &["last used", "last login", "last logon", "last activity"]),
];
