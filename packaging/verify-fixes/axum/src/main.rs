use std::env;
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use sqlx::PgPool;

async fn user(Path(id): Path<i32>) -> Result<String, StatusCode> {
    let url = env::var("DATABASE_URL").unwrap();
    let pool = PgPool::connect(&url).await.unwrap();
    let found: Result<i32, sqlx::Error> =
        sqlx::query_scalar("select id from (select $1::int as id, pg_sleep(0.02)) as found")
            .bind(id)
            .fetch_one(&pool)
            .await;
    found.map(|id| id.to_string()).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn report(Path(id): Path<i32>) -> Result<String, sqlx::Error> {
    let pool = PgPool::connect(&env::var("DATABASE_URL").unwrap()).await?;
    let mut connection = pool.acquire().await?;
    let found: i32 = sqlx::query_scalar("select $1::int").bind(id).fetch_one(&mut *connection).await?;

    tokio::time::sleep(Duration::from_secs(1)).await;
    Ok(found.to_string())
}

async fn reports(path: Path<i32>) -> Result<String, StatusCode> {
    report(path).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

#[tokio::main]
async fn main() {
    let app = Router::new().route("/users/{id}", get(user)).route("/reports/{id}", get(reports));
    let address = format!("127.0.0.1:{}", env::var("PORT").unwrap());
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
