//! Keys and values of settings files, their spans and what is hidden.

use super::*;

#[test]
fn environment_files() {
    let text = "# database\nexport DATABASE_URL=\"postgresql://bob:hunter2@db.host:6543/app?pgbouncer=true&connection_limit=1\" # pooled\nPOOL_SIZE = 20\r\nEMPTY=\nNAME='a # b'\nPLAIN=a#b # c\nPRIVATE_KEY=\"-----BEGIN\nhunter2\n-----END\"\nAPI_TOKEN=hunter2\nnot a line\nLAST=x";
    let settings = settings(".env.local", text);
    let expected = [
        "DATABASE_URL = postgresql://***@db.host:6543/app?pgbouncer=true&connection_limit=1",
        "POOL_SIZE = 20",
        "EMPTY = ",
        "NAME = a # b",
        "PLAIN = a#b",
        "PRIVATE_KEY = ***",
        "API_TOKEN = ***",
        "LAST = x",
    ];
    assert_eq!(listed(&settings), expected);
    let size = settings.entry("POOL_SIZE").unwrap();
    assert_eq!((&text[size.span.range()], &text[size.key_span.range()]), ("20", "POOL_SIZE"));
    assert_eq!(&text[settings.entry("NAME").unwrap().span.range()], "'a # b'");
}

#[test]
fn prisma_schema() {
    let text = "generator client {\n  provider = \"prisma-client-js\"\n  output   = \"../src/generated/client\" // where\n  previewFeatures = [\"driverAdapters\", \"metrics\"]\n}\n\ndatasource db {\n  provider  = \"postgresql\"\n  url       = env(\"DATABASE_URL\")\n  directUrl = \"postgres://u:hunter2@h:5432/d\"\n}\n\nmodel User {\n  id Int @default(1)\n  x = 3\n}\n";
    let settings = settings("prisma/schema.prisma", text);
    let expected = [
        "generator.client.provider = prisma-client-js",
        "generator.client.output = ../src/generated/client",
        "generator.client.previewFeatures.0 = driverAdapters",
        "generator.client.previewFeatures.1 = metrics",
        "datasource.db.provider = postgresql",
        "datasource.db.url = env(DATABASE_URL)",
        "datasource.db.directUrl = postgres://***@h:5432/d",
    ];
    assert_eq!(listed(&settings), expected);
    let url = settings.entry("datasource.db.url").unwrap();
    assert_eq!((&text[url.span.range()], &text[url.key_span.range()]), ("env(\"DATABASE_URL\")", "url"));
}

#[test]
fn compose_file() {
    let text = "# größe\nx-env: &env\n  LOG: info\n  PORT: 8000\nservices:\n  web:\n    command: [\"gunicorn\", \"-w\", \"4\", \"app:app\"]\n    environment:\n      <<: *env\n      PORT: 9000\n      DB_PASSWORD: hunter2\n    deploy:\n      replicas: 3\n  db:\n    command: postgres -c max_connections=200\n    environment:\n      - POSTGRES_PASSWORD=hunter2\n      - POSTGRES_DB=app\n      - HOST\n";
    let settings = settings("docker-compose.yml", text);
    let expected = [
        "x-env.LOG = info",
        "x-env.PORT = #8000",
        "services.web.command = gunicorn -w 4 app:app",
        "services.web.environment.PORT = #9000",
        "services.web.environment.DB_PASSWORD = ***",
        "services.web.environment.LOG = info",
        "services.web.deploy.replicas = #3",
        "services.db.command = postgres -c max_connections=200",
        "services.db.environment.POSTGRES_PASSWORD = ***",
        "services.db.environment.POSTGRES_DB = app",
        "services.db.environment.HOST = Null",
    ];
    assert_eq!(listed(&settings), expected);
    let replicas = settings.entry("services.web.deploy.replicas").unwrap();
    assert_eq!((&text[replicas.span.range()], &text[replicas.key_span.range()]), ("3", "replicas"));
}

#[test]
fn dockerfile_and_procfile() {
    let text = "FROM node:22 AS build\nENV LEVEL=3\nFROM node:22\nENV NODE_ENV=production POOL=\"2 0\" \\\n    # why\n    API_KEY=hunter2\nENV OLD the rest\nRUN make CMD\nENTRYPOINT [\"tini\", \"--\"]\ncmd gunicorn -w 4 \\\n  app:app\nCMD [\"node\", \"server.js\"]\n";
    let docker = settings("Dockerfile", text);
    let expected = [
        "ENV.NODE_ENV = production",
        "ENV.POOL = 2 0",
        "ENV.API_KEY = ***",
        "ENV.OLD = the rest",
        "ENTRYPOINT = tini --",
        "CMD = gunicorn -w 4   app:app",
        "CMD = node server.js",
    ];
    assert_eq!(listed(&docker), expected);
    assert_eq!(docker.text("CMD"), Some("node server.js"));
    assert_eq!(&text[docker.entry("CMD").unwrap().span.range()], "CMD [\"node\", \"server.js\"]");
    let procfile = settings("Procfile", "# c\nweb: gunicorn app:app --workers 4\nworker: celery -A app worker\n");
    assert_eq!(listed(&procfile), ["web = gunicorn app:app --workers 4", "worker = celery -A app worker"]);
}

#[test]
fn platforms() {
    let vercel =
        settings("vercel.json", r#"{"functions": {"api/*.ts": {"maxDuration": 60}}, "crons": [{"path": "/api/x"}]}"#);
    assert_eq!(listed(&vercel), ["functions.api/*.ts.maxDuration = #60", "crons.0.path = /api/x"]);
    let text = "name = \"edge\"\nmain = \"src/index.ts\"\n[[hyperdrive]]\nbinding = \"HYPERDRIVE\"\nlocalConnectionString = \"postgres://u:hunter2@localhost/d\"\n[vars]\nPOOL = 5\nAUTH_TOKEN = 12345\n";
    let wrangler = settings("wrangler.toml", text);
    let expected = [
        "name = edge",
        "main = src/index.ts",
        "hyperdrive.0.binding = HYPERDRIVE",
        "hyperdrive.0.localConnectionString = postgres://***@localhost/d",
        "vars.POOL = #5",
        "vars.AUTH_TOKEN = ***",
    ];
    assert_eq!(listed(&wrangler), expected);
    assert_eq!(&text[wrangler.entry("vars.POOL").unwrap().span.range()], "5");
    let text =
        "service: x\nfunctions:\n  hello:\n    handler: src/handler.hello\n    events:\n      - httpApi: GET /x\n";
    let serverless = settings("serverless.yml", text);
    assert_eq!(serverless.text("functions.hello.handler"), Some("src/handler.hello"));
    let fly = settings("fly.toml", "app = \"a\"\n[processes]\nweb = \"uvicorn app:app --workers 2\"\n");
    assert_eq!(fly.text("processes.web"), Some("uvicorn app:app --workers 2"));
    let ini = settings("alembic.ini", "[alembic]\nsqlalchemy.url = postgresql://u:hunter2@h/d\n");
    assert_eq!(listed(&ini), ["alembic.sqlalchemy.url = postgresql://***@h/d"]);
}

#[test]
fn several_documents_of_one_file() {
    let yaml = settings("k8s.yaml", "kind: A\n---\nkind: B\nspec: {replicas: 2, name: !Ref Pool}\n");
    assert_eq!(listed(&yaml), ["0.kind = A", "1.kind = B", "1.spec.replicas = #2", "1.spec.name = Pool"]);
}

#[test]
fn byte_order_marks_do_not_move_spans() {
    for (name, text) in
        [(".env", "\u{feff}A=b"), ("a.yaml", "\u{feff}A: b\nC: d"), ("a.json", "\u{feff}{\"A\": \"b\"}")]
    {
        let settings = settings(name, text);
        let entry = settings.entry("A").unwrap();
        assert_eq!(text[entry.span.range()].trim_matches('"'), "b", "{name}");
    }
}

#[test]
fn yaml_as_it_is_written() {
    let text = "services:\n  web:\n    command: [\n      \"a\", # größer\r\n      \"b\" # größer\r\n    ]\n    ports: {\n    }\n    image: ü\n    x: 1\n";
    let compose = settings("compose.yml", text);
    assert_eq!(listed(&compose), ["services.web.command = a b", "services.web.image = ü", "services.web.x = #1"]);
    assert_eq!(&text[compose.entry("services.web.x").unwrap().span.range()], "1");
    let template = settings("templates/api.yaml", "name: {{ .Values.name }}\n{{- if .x }}\na: b\n{{- end }}\n");
    assert!(template.entries.is_empty());
    assert!(settings("data.json", &format!("[{}1]", "1,".repeat(1 << 19))).entries.is_empty());
    assert_eq!(settings_kind("pnpm-lock.yaml"), None);
}
