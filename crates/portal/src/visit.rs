//! A visit: what is known about one request before its handler runs, and what is done to every answer after it.

use std::sync::Arc;

use app::{App, Trouble, session::SignedIn};
use axum::{
    extract::{FromRequestParts, MatchedPath, Request, State},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use model::Language;
use render::{Flash, Page, Visitor, paths};

use crate::{
    cookies::Cookie,
    form::Double,
    house::House,
    kept, next, origin, pages,
    refusal::Refusal,
    source::{self, Peer},
};

/// How much of `User-Agent` is looked at, in bytes.
const AGENT_BYTES_MAX: usize = 512;

/// What is known about one request.
pub(crate) struct Visit {
    pub(crate) house: Arc<House>,
    pub(crate) now: Timestamp,
    pub(crate) language: Language,
    /// Path and query; the language switch comes back to it.
    pub(crate) path: String,
    /// The token of this visitor's forms.
    pub(crate) csrf: String,
    /// The token of forms drawn before signing in.
    pub(crate) stranger_csrf: String,
    pub(crate) flash: Option<Flash>,
    pub(crate) owner: Option<Arc<SignedIn>>,
    /// Whether a session cookie came that opens nothing any more.
    pub(crate) session_over: bool,
    /// The client's network, for counting failures.
    pub(crate) source: String,
    /// What the browser calls itself.
    pub(crate) agent: String,
    /// The secret of the activation under way.
    pub(crate) activation: Option<String>,
    /// The device cookie.
    pub(crate) device: Option<String>,
    fresh_cookie: Option<String>,
}

impl Visit {
    pub(crate) fn app(&self) -> &Arc<App> {
        &self.house.app
    }

    /// The ground of a page for whoever visits, with the number of unread messages for those who are signed in.
    pub(crate) fn page(&self, unread: u64) -> Page<'_> {
        let visitor = self.owner.as_ref().map_or(Visitor::Stranger, |owner| Visitor::SignedIn {
            address: &owner.address_shown,
            unread: u32::try_from(unread).unwrap_or(u32::MAX),
        });
        Page { visitor, csrf: &self.csrf, ..self.stranger_page() }
    }

    /// The ground of a page that shows nothing of a mailbox.
    pub(crate) fn stranger_page(&self) -> Page<'_> {
        Page {
            brand: self.house.brand(),
            language: self.language,
            now: self.now,
            path: &self.path,
            csrf: &self.stranger_csrf,
            visitor: Visitor::Stranger,
            flash: self.flash,
        }
    }

    /// Adds a cookie to an answer.
    pub(crate) fn leave(&self, response: &mut Response, cookie: Cookie, value: &str) {
        if let Some(value) = cookie.set(value, self.house.secure) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }

    /// Takes a cookie away with an answer.
    pub(crate) fn take(&self, response: &mut Response, cookie: Cookie) {
        if let Some(value) = cookie.clear(self.house.secure) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }

    /// Goes to a path and says there what happened.
    pub(crate) fn go(&self, path: &str, flash: Option<Flash>) -> Response {
        let mut response = Redirect::to(path).into_response();
        if let Some(flash) = flash {
            self.leave(&mut response, Cookie::Flash, flash.key());
        }
        response
    }

    /// Asks to sign in, and leads back to this page afterwards.
    pub(crate) fn sign_in_first(&self) -> Response {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if self.path != paths::INBOX && next::own(&self.path).is_some() {
            query.append_pair("next", &self.path);
        }
        if self.session_over {
            query.append_pair("reason", "over");
        }
        let query = query.finish();
        let path = if query.is_empty() { paths::SIGN_IN.to_owned() } else { format!("{}?{query}", paths::SIGN_IN) };
        let mut response = self.go(&path, None);
        if self.session_over {
            self.take(&mut response, Cookie::Session);
        }
        response
    }
}

/// What the request says, without asking the store.
fn of_request(house: &Arc<House>, headers: &HeaderMap, path: &str, peer: Option<Peer>) -> Visit {
    let read = |cookie: Cookie| cookie.read(headers, house.secure);
    let double = Double::of(house, read(Cookie::Visit).as_deref());
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let chosen = read(Cookie::Language).and_then(|tag| tag.parse().ok());
    let agent = text(header::USER_AGENT);
    Visit {
        now: house.app.now(),
        language: chosen
            .or_else(|| Language::accepted(text(header::ACCEPT_LANGUAGE)))
            .unwrap_or(house.app.settings.language),
        path: path.to_owned(),
        csrf: double.token.clone(),
        stranger_csrf: double.token,
        flash: read(Cookie::Flash).and_then(|key| Flash::from_key(&key)),
        owner: None,
        session_over: false,
        source: peer.map(|peer| source::network(peer.0.ip(), headers, &house.trusted_proxies)).unwrap_or_default(),
        agent: agent.get(..AGENT_BYTES_MAX.min(agent.len())).unwrap_or_default().to_owned(),
        activation: read(Cookie::Activation),
        device: read(Cookie::Device),
        fresh_cookie: double.fresh_cookie,
        house: Arc::clone(house),
    }
}

/// Opens the session, if there is one.
async fn sign_in(visit: &mut Visit, headers: &HeaderMap) -> Result<(), Trouble> {
    let Some(cookie) = Cookie::Session.read(headers, visit.house.secure) else { return Ok(()) };
    match app::session::open(&visit.house.app, &cookie).await? {
        Some(owner) => {
            visit.language = owner.language;
            visit.csrf.clone_from(&owner.form_token);
            visit.owner = Some(Arc::new(owner));
        }
        None => visit.session_over = true,
    }
    Ok(())
}

/// Makes the visit, refuses forms of other pages, and gives every refusal its page.
pub(crate) async fn layer(State(house): State<Arc<House>>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let path = next::own(path).unwrap_or(paths::INBOX).to_owned();
    let peer = request.extensions().get::<Peer>().copied();
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut visit = of_request(&house, request.headers(), &path, peer);
    let opened = sign_in(&mut visit, request.headers()).await;
    let visit = Arc::new(visit);
    let mut response = match opened {
        Err(trouble) => Refusal::Trouble(trouble).into_response(),
        Ok(()) if !reads && !origin::is_own(request.headers(), &house.origin) => {
            Refusal::FormOutdated { back: next::page_of(request.uri().path()).to_owned() }.into_response()
        }
        Ok(()) => {
            request.extensions_mut().insert(Arc::clone(&visit));
            next.run(request).await
        }
    };
    if let Some(refusal) = refusal_in(&mut response) {
        let allow = response.headers().get(header::ALLOW).cloned();
        response = refusal.page(&visit, &route);
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    finish(&visit, &mut response, reads);
    response
}

/// What the router itself refuses has no page yet either.
fn refusal_in(response: &mut Response) -> Option<Refusal> {
    let refusal = response.extensions_mut().remove::<Refusal>();
    refusal.or_else(|| match response.status() {
        StatusCode::METHOD_NOT_ALLOWED => Some(Refusal::WrongMethod),
        StatusCode::BAD_REQUEST => Some(Refusal::NotFound),
        StatusCode::REQUEST_TIMEOUT => Some(Refusal::Trouble(Trouble::Unavailable("it took too long".to_owned()))),
        _ => None,
    })
}

fn finish(visit: &Visit, response: &mut Response, reads: bool) {
    if let Some(cookie) = visit.fresh_cookie.as_deref().filter(|_| visit.owner.is_none()) {
        visit.leave(response, Cookie::Visit, cookie);
    }
    let shown = reads
        && response.status() == StatusCode::OK
        && response.headers().get(header::CONTENT_TYPE).is_some_and(|t| t == crate::download::HTML);
    if shown && visit.flash.is_some() {
        visit.take(response, Cookie::Flash);
    }
}

/// Lets only the owners of mailboxes through. A form that comes without a session is answered with the sign-in page, and what was typed into it
/// goes along.
pub(crate) async fn owners_only(request: Request, next: Next) -> Response {
    let Some(visit) = request.extensions().get::<Arc<Visit>>().cloned() else { return no_visit().into_response() };
    if visit.owner.is_some() {
        return next.run(request).await;
    }
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return visit.sign_in_first();
    }
    let page = next::page_of(request.uri().path()).to_owned();
    let typed = if kept::place(&page).is_some() { pages::typed_text(request).await } else { None };
    let next = typed.map_or_else(|| page.clone(), |kept| kept::carry(&page, &kept));
    let mut response = Refusal::SessionOver { next }.into_response();
    visit.take(&mut response, Cookie::Session);
    response
}

/// Whoever visits.
pub(crate) struct Guest(pub(crate) Arc<Visit>);

/// The owner of a mailbox, signed in.
pub(crate) struct Owner {
    pub(crate) visit: Arc<Visit>,
    pub(crate) me: Arc<SignedIn>,
}

impl Owner {
    pub(crate) fn app(&self) -> &Arc<App> {
        &self.visit.house.app
    }

    /// Messages in the inbox not yet read, for the ground of a page.
    pub(crate) async fn unread(&self) -> Result<u64, Trouble> {
        app::read::unread(self.app(), &self.me).await
    }
}

impl FromRequestParts<Arc<House>> for Guest {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<House>) -> Result<Self, Refusal> {
        parts.extensions.get::<Arc<Visit>>().cloned().map(Self).ok_or_else(no_visit)
    }
}

impl FromRequestParts<Arc<House>> for Owner {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, house: &Arc<House>) -> Result<Self, Refusal> {
        let Guest(visit) = Guest::from_request_parts(parts, house).await?;
        let me = visit.owner.clone().ok_or_else(|| Refusal::SessionOver { next: paths::INBOX.to_owned() })?;
        Ok(Self { visit, me })
    }
}

/// The refusal for a request without the layer that makes its [`Visit`]: a mistake of ours.
fn no_visit() -> Refusal {
    Refusal::Trouble(Trouble::Broken("a request without its visit".to_owned()))
}
