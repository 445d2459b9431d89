//! From configuration to settings: what each room needs, checked, with the key named in every error.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, bail, ensure};
use app::{
    scan::Scanning,
    settings::{Contact, Notices, Patience, Portal, Settings},
};
use gateway::{
    intake::{IntakeSettings, User},
    tls::{Certificate, Roots, ServerCertificate},
};
use jiff::{SignedDuration, tz::TimeZone};
use model::{policy::RuleSet, retention::Retention};
use portal::{Logo, LogoType, PortalSettings, Tls};
use render::{
    Brand,
    brand::{Accent, Asset, Color, Header, Prose},
};
use store::StoreSettings;
use wire::{
    address::{Domain, EmailAddress, TypedAddress},
    dkim::{Signer, SigningKey},
};

use crate::{
    config::{
        Config,
        sections::{self, Both},
    },
    policies, secret,
    transport::WorldProber,
};

/// Connections to the portal at the same time.
const PORTAL_CONNECTIONS_MAX: usize = 1024;
/// The largest logo, in bytes.
const LOGO_BYTES_MAX: usize = 64 * 1024;

/// Everything the rooms need, from one configuration.
#[derive(Debug)]
pub struct Assembly {
    /// For the use cases.
    pub settings: Settings,
    /// The rules of classification.
    pub rules: RuleSet,
    /// For the store.
    pub store: StoreSettings,
    /// For the SMTP intake.
    pub intake: IntakeSettings,
    /// For mail that leaves.
    pub outbound: gateway::outbound::OutboundSettings,
    /// For the portal.
    pub portal: PortalSettings,
    /// For the scanner, if there is one.
    pub(crate) scanning: Option<Scanning>,
    /// For the page about e-mail providers, if the portal has it.
    pub(crate) prober: Option<Arc<WorldProber>>,
}

/// Checks a configuration and prepares every room; relative paths begin at `folder`.
pub(crate) fn assemble(config: &Config, folder: &Path) -> anyhow::Result<Assembly> {
    let logo = logo(config, folder)?;
    let settings = settings(config, folder, logo.as_ref())?;
    let rules = RuleSet::compile(config.classification.rules.clone(), config.classification.subject_tags.clone())
        .context("classification")?;
    Ok(Assembly {
        rules,
        store: crate::storage::settings(config, folder)?,
        intake: intake(config, folder)?,
        outbound: crate::hops::outbound(config, folder)?,
        portal: portal_settings(config, folder, logo)?,
        scanning: crate::scanning::scanning(&config.scan)?,
        prober: crate::transport::prober(config, folder)?,
        settings,
    })
}

fn settings(config: &Config, folder: &Path, logo: Option<&Logo>) -> anyhow::Result<Settings> {
    let zone = TimeZone::get(&config.organisation.time_zone).context("organisation.time_zone")?;
    let retention = &config.retention;
    within("retention.activation_days", retention.activation_days, 7, 365)?;
    within("retention.inactivity_months", retention.inactivity_months, 6, 120)?;
    let domains = config.organisation.domains.iter().map(|name| Domain::parse(name));
    let domains: Vec<Domain> = domains.collect::<Result<_, _>>().context("organisation.domains")?;
    ensure!(!domains.is_empty(), "organisation.domains is empty: name the organisation's mail domains");
    let sender = EmailAddress::parse(&config.notices.sender).context("notices.sender")?;
    Ok(Settings {
        brand: brand(config, zone.clone(), logo)?,
        portal: portal(config, &domains)?,
        postmaster: postmaster(&config.organisation.postmaster, &domains)?,
        domains,
        language: config.organisation.language,
        notices: Notices {
            sender,
            subject_hidden: config.notices.subject_hidden,
            require_tls: config.notices.require_tls,
        },
        retention: Retention {
            activation_days: retention.activation_days,
            inactivity_months: retention.inactivity_months,
            zone,
        },
        patience: patience(&config.delivery)?,
        transport: crate::transport::minimums(&config.transport)?,
        signers: config.delivery.dkim.iter().map(|key| signer(key, folder)).collect::<anyhow::Result<_>>()?,
    })
}

/// Who reads what strangers write to the postmaster of this server: an address that the organisation's own server takes.
fn postmaster(configured: &str, domains: &[Domain]) -> anyhow::Result<TypedAddress> {
    let address = match (configured, domains.first()) {
        ("", Some(domain)) => format!("postmaster@{domain}"),
        _ => configured.to_owned(),
    };
    let address = TypedAddress::parse(&address).context("organisation.postmaster")?;
    ensure!(is_own(address.address(), domains), "organisation.postmaster is in none of organisation.domains");
    Ok(address)
}

fn is_own(address: &EmailAddress, domains: &[Domain]) -> bool {
    address.domain().is_some_and(|domain| domains.contains(&domain))
}

/// The organisation, its words and its look, for commands that need nothing else.
pub(crate) fn brand_of(config: &Config, folder: &Path) -> anyhow::Result<Brand> {
    let zone = TimeZone::get(&config.organisation.time_zone).context("organisation.time_zone")?;
    brand(config, zone, logo(config, folder)?.as_ref())
}

fn brand(config: &Config, zone: TimeZone, logo: Option<&Logo>) -> anyhow::Result<Brand> {
    let (accent, header) = colors(&config.portal)?;
    let organisation = &config.organisation;
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let prose = |text: &Both| (*text != Both::default()).then(|| Prose::parse(&text.de, &text.en));
    let both = |text: &Both| (*text != Both::default()).then(|| (text.de.clone(), text.en.clone()));
    let hours = both(&organisation.hours);
    Ok(Brand {
        organisation: organisation.name.clone(),
        portal: config.portal.name.clone(),
        tag: config.notices.tag.trim_matches(['[', ']']).to_owned(),
        url: portal_url(config)?,
        logo: logo.map(Logo::path),
        accent,
        zone,
        service_address: config.notices.sender.clone(),
        contact: render::brand::Contact { phone: given(&organisation.phone), email: given(&organisation.email), hours },
        imprint: prose(&organisation.imprint),
        privacy: prose(&organisation.privacy),
        help: prose(&organisation.help),
        accessibility_authority: both(&config.portal.accessibility_authority),
        // The use cases set it where somebody is there to look at providers.
        provider_page: false,
        style: Asset::style(accent, header),
        icon: Asset::icon(accent),
    })
}

/// The colours of the brand, each checked to be readable.
fn colors(section: &sections::Portal) -> anyhow::Result<(Accent, Option<Header>)> {
    let mut accent = Accent::parse(&section.accent).context("portal.accent")?;
    if !section.accent_dark.is_empty() {
        accent = accent.with_dark(&section.accent_dark).context("portal.accent_dark")?;
    }
    let color = |hex: &str, key| if hex.is_empty() { Ok(None) } else { Color::parse(hex).map(Some).context(key) };
    let header = match (color(&section.header, "portal.header")?, color(&section.header_dark, "portal.header_dark")?) {
        (None, None) => None,
        (None, Some(_)) => bail!("portal.header_dark needs portal.header: name both, or portal.header alone"),
        (Some(light), dark) => Some(Header::new(light, dark.unwrap_or(light))),
    };
    Ok((accent, header))
}

/// The portal's address, without a slash at its end.
pub(crate) fn portal_url(config: &Config) -> anyhow::Result<String> {
    let url = config.portal.url.trim_end_matches('/');
    let loopback = ["http://127.", "http://localhost", "http://[::1]"].iter().any(|start| url.starts_with(start));
    ensure!(
        url.starts_with("https://") || loopback,
        "portal.url: {url} would send passwords in clear; begin it with https:// (http:// is for this machine only)"
    );
    Ok(url.to_owned())
}

/// The host name in the portal's address, for greetings that are not configured.
pub(crate) fn portal_host(config: &Config) -> String {
    let url = config.portal.url.trim_start_matches("https://").trim_start_matches("http://");
    let host = url.split(['/', ':']).next().unwrap_or_default();
    if host.parse::<std::net::IpAddr>().is_ok() { "localhost".to_owned() } else { host.to_owned() }
}

fn portal(config: &Config, domains: &[Domain]) -> anyhow::Result<Portal> {
    let section = &config.portal;
    within("portal.password_length_min", section.password_length_min, 8, 64)?;
    within("portal.session_idle_minutes", section.session_idle_minutes, 5, 120)?;
    within("portal.session_hours_max", section.session_hours_max, 1, 24)?;
    within("portal.message_bytes_max", section.message_bytes_max, 1 << 20, 1 << 28)?;
    within("passwords.parallel_max", config.passwords.parallel_max, 1, 64)?;
    let contacts = section.contacts.iter().map(|contact| {
        let address =
            EmailAddress::parse(&contact.address).with_context(|| format!("portal.contacts: {}", contact.name))?;
        ensure!(
            is_own(&address, domains),
            "portal.contacts: the address of {} is in none of organisation.domains",
            contact.name
        );
        Ok(Contact { name: contact.name.clone(), address })
    });
    Ok(Portal {
        contacts: contacts.collect::<anyhow::Result<_>>()?,
        message_bytes_max: section.message_bytes_max,
        session_idle: SignedDuration::from_mins(i64::from(section.session_idle_minutes)),
        session_max: SignedDuration::from_hours(i64::from(section.session_hours_max)),
        password_length_min: usize::from(section.password_length_min),
        stretching: vault::Parameters::new(config.passwords.memory_kib, config.passwords.iterations, 1)
            .context("passwords")?,
        stretchings_max: config.passwords.parallel_max,
    })
}

fn patience(delivery: &sections::Delivery) -> anyhow::Result<Patience> {
    ensure!(!delivery.retry_minutes.is_empty(), "delivery.retry_minutes is empty: name at least one wait");
    ensure!(
        !delivery.retry_minutes.contains(&0),
        "delivery.retry_minutes: a wait of 0 minutes would hammer the server"
    );
    within("delivery.give_up_hours", delivery.give_up_hours, 1, 240)?;
    within("delivery.fallback_hours", delivery.fallback_hours, 1, 240)?;
    Ok(Patience {
        retries: delivery.retry_minutes.iter().map(|minutes| SignedDuration::from_mins(i64::from(*minutes))).collect(),
        delay_notice: SignedDuration::from_hours(i64::from(delivery.delay_notice_hours)),
        fallback: SignedDuration::from_hours(i64::from(delivery.fallback_hours)),
        give_up: SignedDuration::from_hours(i64::from(delivery.give_up_hours)),
    })
}

fn signer(section: &sections::Dkim, folder: &Path) -> anyhow::Result<Arc<Signer>> {
    let what = || format!("delivery.dkim: {} for {}", section.selector, section.domain);
    let domain = Domain::parse(&section.domain).with_context(what)?;
    let pem = crate::keys::read_private(&folder.join(&section.key_file)).with_context(what)?;
    let key = SigningKey::from_pem(&pem).with_context(what)?;
    Ok(Arc::new(Signer::new(domain, &section.selector, key).with_context(what)?))
}

fn intake(config: &Config, folder: &Path) -> anyhow::Result<IntakeSettings> {
    let section = &config.intake;
    let name = if section.hostname.is_empty() { portal_host(config) } else { section.hostname.clone() };
    let mut settings = IntakeSettings::new(section.listen, Domain::parse(&name).context("intake.hostname")?);
    if !section.listen_tls.is_empty() {
        settings.listen_tls = Some(section.listen_tls.parse().context("intake.listen_tls")?);
    }
    settings.certificate = certificate(folder, &section.certificate_file, &section.key_file, "intake")?;
    settings.client_roots = optional_file(folder, &section.client_ca_file, "intake.client_ca_file")?
        .map(|pem| Roots::from_pem(&pem).context("intake.client_ca_file"))
        .transpose()?;
    settings.networks =
        section.networks.iter().map(|text| text.parse()).collect::<Result<_, _>>().context("intake.networks")?;
    settings.users = section.users.iter().map(|user| intake_user(folder, user)).collect::<anyhow::Result<_>>()?;
    within("intake.message_bytes_max", section.message_bytes_max, 64 << 10, 256 << 20)?;
    within("intake.recipients_max", section.recipients_max, 100, 10_000)?;
    within("intake.idle_seconds_max", section.idle_seconds_max, 60, 600)?;
    settings.message_bytes_max = crate::scanning::message_bytes_max(config);
    settings.recipients_max = section.recipients_max;
    settings.sessions_max = section.sessions_max;
    within("intake.sessions_per_source_max", section.sessions_per_source_max, 1, 10_000)?;
    settings.sessions_per_source_max = section.sessions_per_source_max;
    settings.memory_bytes_max = section.memory_bytes_max;
    settings.timeouts.command = std::time::Duration::from_secs(section.idle_seconds_max);
    Ok(settings)
}

/// The shortest password of an intake user, in characters.
const USER_PASSWORD_CHARS_MIN: usize = 16;

fn intake_user(folder: &Path, user: &sections::IntakeUser) -> anyhow::Result<User> {
    let name = &user.name;
    let variable = format!("SIEGELPOST_INTAKE_{}_PASSWORD", name.to_uppercase().replace(['-', '.'], "_"));
    let password = secret::read(folder, &user.password_file, &variable)?
        .with_context(|| format!("intake.users: {name} has neither password_file nor {variable}"))?;
    ensure!(
        password.chars().count() >= USER_PASSWORD_CHARS_MIN,
        "intake.users: the password of {name} is shorter than {USER_PASSWORD_CHARS_MIN} characters"
    );
    Ok(User { name: name.clone(), secret: password })
}

fn portal_settings(config: &Config, folder: &Path, logo: Option<Logo>) -> anyhow::Result<PortalSettings> {
    let section = &config.portal;
    let files = (pem_file(folder, &section.certificate_file)?, pem_file(folder, &section.key_file)?);
    let tls = match files {
        (Some(chain_pem), Some(key_pem)) => Some(Tls { chain_pem, key_pem }),
        (None, None) => None,
        _ => bail!("portal.certificate_file and portal.key_file belong together: give both or neither"),
    };
    if tls.is_none() {
        ensure!(
            section.listen.ip().is_loopback(),
            "portal.listen is not on this machine alone, so it needs portal.certificate_file and portal.key_file"
        );
    }
    Ok(PortalSettings {
        listen: section.listen,
        tls,
        logo,
        trusted_proxies: section.proxies.clone(),
        policies: policies::policies(config)?,
        connections_max: PORTAL_CONNECTIONS_MAX,
    })
}

fn logo(config: &Config, folder: &Path) -> anyhow::Result<Option<Logo>> {
    let Some(bytes) = optional_file(folder, &config.portal.logo_file, "portal.logo_file")? else { return Ok(None) };
    ensure!(bytes.len() <= LOGO_BYTES_MAX, "portal.logo_file is larger than {LOGO_BYTES_MAX} bytes");
    let kind = match mime::sniff::media_type(&bytes) {
        Some("image/png") => LogoType::Png,
        Some("image/jpeg") => LogoType::Jpeg,
        _ if bytes.windows(4).any(|window| window == b"<svg") => LogoType::Svg,
        _ => bail!("portal.logo_file is neither PNG, JPEG nor SVG"),
    };
    Ok(Some(Logo { kind, bytes: bytes.into() }))
}

/// Certificate and key, if both are given.
fn certificate(folder: &Path, chain: &Path, key: &Path, section: &str) -> anyhow::Result<Option<ServerCertificate>> {
    match (pem_file(folder, chain)?, pem_file(folder, key)?) {
        (Some(chain), Some(key)) => {
            let certificate =
                Certificate::from_pem(&chain, &key).with_context(|| format!("{section}.certificate_file"))?;
            Ok(Some(ServerCertificate::new(certificate)))
        }
        (None, None) => Ok(None),
        _ => bail!("{section}.certificate_file and {section}.key_file belong together: give both or neither"),
    }
}

fn pem_file(folder: &Path, file: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    optional_file(folder, file, &file.display().to_string())
}

/// The file's bytes; `None` where none is named.
pub(crate) fn optional_file(folder: &Path, file: &Path, key: &str) -> anyhow::Result<Option<Vec<u8>>> {
    if file.as_os_str().is_empty() {
        return Ok(None);
    }
    let path: PathBuf = folder.join(file);
    fs::read(&path).map(Some).with_context(|| format!("{key}: {} cannot be read", path.display()))
}

/// The authorities in a file that may be left out; without it there are none.
pub(crate) fn roots(folder: &Path, file: &Path, key: &str) -> anyhow::Result<Roots> {
    let Some(pem) = optional_file(folder, file, key)? else { return Ok(Roots::default()) };
    Roots::from_pem(&pem).with_context(|| key.to_owned())
}

/// Checks that a value lies within its safe bounds.
pub(crate) fn within<T: Copy + PartialOrd + std::fmt::Display>(
    key: &str,
    value: T,
    least: T,
    most: T,
) -> anyhow::Result<()> {
    ensure!(value >= least && value <= most, "{key} is {value}; it can be {least} to {most}");
    Ok(())
}
