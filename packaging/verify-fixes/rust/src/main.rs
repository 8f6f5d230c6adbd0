use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;

async fn fetch(url: String) -> Result<String, StatusCode> {
    let client = reqwest::Client::new();
    let answer = client.get(url).send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    answer.text().await.map_err(|_| StatusCode::BAD_GATEWAY)
}

async fn rates(Path(currency): Path<String>) -> Result<String, StatusCode> {
    fetch(format!("https://example.com/rates/{currency}")).await
}

async fn weather(Path(city): Path<String>) -> Result<String, StatusCode> {
    let client = reqwest::Client::builder().user_agent("verify").build().unwrap();
    let answer = client.get(format!("https://example.com/weather/{city}")).send().await;
    let answer = answer.map_err(|_| StatusCode::BAD_GATEWAY)?;
    answer.text().await.map_err(|_| StatusCode::BAD_GATEWAY)
}

#[tokio::main]
async fn main() {
    let app = Router::new().route("/rates/{currency}", get(rates)).route("/weather/{city}", get(weather));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
