//! The files of the look: kept by browsers for ever, because their names change with their content.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use render::paths;

use crate::{headers::FILE_POLICY, house::House, settings::LogoType};

const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// An icon or logo may hold a style; scripts in it never run.
const PICTURE_POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

pub(crate) async fn asset(State(house): State<Arc<House>>, Path(file): Path<String>) -> Response {
    let path = format!("{}{file}", paths::ASSETS);
    let headers = |media_type| {
        let policy = if media_type == LogoType::Svg.media_type() { PICTURE_POLICY } else { FILE_POLICY };
        [
            (header::CONTENT_TYPE, media_type),
            (header::CACHE_CONTROL, FOR_EVER),
            (header::CONTENT_SECURITY_POLICY, policy),
        ]
    };
    if let Some(asset) = house.brand().assets().into_iter().find(|asset| asset.path == path) {
        return (headers(asset.media_type), asset.content.clone()).into_response();
    }
    match &house.logo {
        Some(logo) if logo.path() == path => (headers(logo.kind.media_type()), logo.bytes.clone()).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
