//! One account, asked: page after page, and every refusal with its reason.

use super::{
    book::{Book, Known},
    guard::NotAllowed,
    session::{Session, innermost},
};
use aws_sdk_iam::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};
use overstay_detectors::readers::aws_api::{Answer, Refused};
use serde_json::Value;
use std::{collections::BTreeSet, error::Error, future::Future, sync::Mutex};

/// The longest reason that is told, in characters: some services answer with a page of text.
const MAX_REASON: usize = 400;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask<'a> {
    /// Service and operation.
    pub(super) operation: &'static str,
    /// About what: a user, an ARN, a node; empty for the whole account.
    pub(super) about: &'a str,
    /// The region of a regional service.
    pub(super) region: &'a str,
}

impl<'a> Ask<'a> {
    /// About the whole account.
    pub(super) fn all(operation: &'static str) -> Ask<'a> {
        Ask { operation, about: "", region: "" }
    }

    /// About one thing.
    pub(super) fn about(operation: &'static str, about: &'a str) -> Ask<'a> {
        Ask { operation, about, region: "" }
    }

    /// About a region.
    pub(super) fn region(operation: &'static str, region: &'a str) -> Ask<'a> {
        Ask { operation, about: "", region }
    }
}

/// One page of an answer.
#[derive(Debug)]
pub(super) struct Page {
    /// As the command line prints it.
    pub(super) body: Value,
    /// Where the next one begins.
    pub(super) next: Option<String>,
}

impl Page {
    /// The only page.
    pub(super) fn only(body: Value) -> Page {
        Page { body, next: None }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The service's word for it: `AccessDenied`.
    pub(super) code: String,
    /// Why, in words.
    pub(super) why: String,
}

impl Refusal {
    /// True when the principal lacks the permission.
    pub(super) fn is_denied(&self) -> bool {
        let denied = ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"];
        denied.contains(&self.code.as_str())
    }

    fn remedy(&self) -> &'static str {
        match self.code.as_str() {
            _ if self.is_denied() => {
                "give the scanner the policy that `overstay permissions aws` prints"
            }
            "Throttling" | "ThrottlingException" | "TooManyRequestsException" | "SlowDown" => {
                "scan again later, or set AWS_MAX_ATTEMPTS higher"
            }
            "not-allowed" => "report this as a bug",
            "transport" => "check the network, the region and AWS_ENDPOINT_URL",
            _ => "scan again; if it stays, check the service's status for this account and region",
        }
    }
}

/// Why the SDK gave an error, without anything of the request: that one is signed.
pub(super) fn refusal<E>(error: &SdkError<E, HttpResponse>) -> Refusal
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let (code, why) = match error {
        SdkError::ServiceError(context) => {
            let status = context.raw().status().as_u16();
            let (code, said) = (context.err().code(), context.err().message());
            match code {
                Some(code) => (code, format!("{code}: {}", said.unwrap_or("no further word"))),
                None => ("status", format!("status {status}, and no answer that AWS would give")),
            }
        }
        SdkError::ResponseError(context) => {
            let status = context.raw().status().as_u16();
            ("status", format!("status {status}, and no answer that AWS would give"))
        }
        SdkError::TimeoutError(_) => ("transport", "no answer within the time limit".to_owned()),
        SdkError::ConstructionFailure(_) if is_ours(error) => ("not-allowed", innermost(error)),
        other => ("transport", innermost(other)),
    };
    let why = why.split_whitespace().collect::<Vec<_>>().join(" ");
    Refusal { code: code.to_owned(), why: why.chars().take(MAX_REASON).collect() }
}

fn is_ours(error: &(dyn Error + 'static)) -> bool {
    let mut at = Some(error);
    while let Some(error) = at {
        if error.is::<NotAllowed>() {
            return true;
        }
        at = error.source();
    }
    false
}

/// Asks one account.
pub(super) struct Asker {
    pub(super) session: Session,
    pub(super) book: Book,
    /// Operations that were denied: they are for the next user as well.
    denied: Mutex<BTreeSet<&'static str>>,
}

impl Asker {
    /// An asker that has asked nothing yet.
    pub(super) fn new(session: Session, book: Book) -> Asker {
        Asker { session, book, denied: Mutex::default() }
    }

    /// Reads a listing to its end, or as far as the service lets us. `send` asks for the page that
    /// begins at a marker. Pages that an interrupted run read are not asked for again.
    pub(super) async fn pages<E, F, Fut>(&self, ask: Ask<'_>, send: F) -> Result<(), Refusal>
    where
        E: ProvideErrorMetadata + Error + 'static,
        F: Fn(Option<String>) -> Fut,
        Fut: Future<Output = Result<Page, SdkError<E, HttpResponse>>>,
    {
        let mut marker = match self.book.known(ask.operation, ask.about, ask.region) {
            Known::Whole => return Ok(()),
            Known::Until(marker) => Some(marker),
            Known::Nothing => None,
        };
        let mut resumed = marker.is_some();
        let mut seen: BTreeSet<String> = marker.iter().cloned().collect();
        loop {
            match send(marker.clone()).await {
                Ok(page) => {
                    let next = page.next.filter(|next| !next.is_empty());
                    self.book.answer(self.answer(ask, page.body, next.clone()));
                    let Some(next) = next else { return Ok(()) };
                    if !seen.insert(next.clone()) {
                        let why = "the service names the same page again and again".to_owned();
                        return Err(Refusal { code: "pages".to_owned(), why });
                    }
                    marker = Some(next);
                }
                // The marker of the interrupted run is no longer good.
                Err(SdkError::ServiceError(_)) if resumed => {
                    self.book.forget(ask.operation, ask.about, ask.region);
                    marker = None;
                }
                Err(error) => return Err(refusal(&error)),
            }
            resumed = false;
        }
    }

    /// Reads a listing and files what was refused of it.
    pub(super) async fn list<E, F, Fut>(&self, ask: Ask<'_>, send: F)
    where
        E: ProvideErrorMetadata + Error + 'static,
        F: Fn(Option<String>) -> Fut,
        Fut: Future<Output = Result<Page, SdkError<E, HttpResponse>>>,
    {
        if self.is_denied(ask.operation) {
            return;
        }
        if let Err(refusal) = self.pages(ask, send).await {
            self.refuse(ask, &refusal);
        }
    }

    /// True when the operation was denied before; one refusal is told, not one for each user.
    pub(super) fn is_denied(&self, operation: &str) -> bool {
        self.denied.lock().is_ok_and(|denied| denied.contains(operation))
    }

    /// Files a refusal.
    pub(super) fn refuse(&self, ask: Ask<'_>, refusal: &Refusal) {
        let mut about = ask.about;
        if refusal.is_denied()
            && let Ok(mut denied) = self.denied.lock()
        {
            if !denied.insert(ask.operation) {
                return;
            }
            about = "";
        }
        self.book.refuse(Refused {
            operation: ask.operation.to_owned(),
            about: about.to_owned(),
            region: ask.region.to_owned(),
            why: refusal.why.clone(),
            remedy: refusal.remedy().to_owned(),
            by_design: false,
        });
    }

    /// Files what nobody meant to ask.
    pub(super) fn leave_out(&self, ask: Ask<'_>, why: &str, remedy: &str) {
        self.book.refuse(Refused {
            operation: ask.operation.to_owned(),
            about: ask.about.to_owned(),
            region: ask.region.to_owned(),
            why: why.to_owned(),
            remedy: remedy.to_owned(),
            by_design: true,
        });
    }

    /// Files an answer that says that there is no such thing.
    pub(super) fn nothing(&self, ask: Ask<'_>) {
        self.book.answer(self.answer(ask, Value::Null, None));
    }

    fn answer(&self, ask: Ask<'_>, body: Value, next: Option<String>) -> Answer {
        Answer {
            operation: ask.operation.to_owned(),
            about: ask.about.to_owned(),
            region: ask.region.to_owned(),
            next,
            at: self.book.now,
            body,
        }
    }
}
