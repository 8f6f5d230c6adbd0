//! The map for a terminal: budgets first, then every client by deployable.
//!
//! Fits the width that it is given; colours only where the caller allows them.

use std::io::{self, Write};

use super::view::{Client, Deployable, Document, Server, Share};
use super::{Screen, count};

/// Entry points that are named; the others are counted.
const NAMED: usize = 5;
/// So many equal neighbours are one line.
const ALIKE: usize = 3;
/// The parts of a bar.
const FULL: &str = "█";
const FREE: &str = "░";
const LIMIT: &str = "│";
const OVER: &str = "▓";

pub(super) fn render(document: &Document, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let pen = Pen { screen };
    let summary = &document.summary;
    let clients = count(summary.clients, "client");
    let servers = count(summary.servers, "server");
    let parts = count(summary.deployables, "deployable");
    writeln!(out, "{}: {clients}, {servers}, {parts}", pen.bold(&document.project))?;
    let open =
        |server: &&Server| !server.shares.is_empty() || !server.unbounded.is_empty() || !server.unplaced.is_empty();
    let servers: Vec<&Server> = document.servers.iter().filter(open).collect();
    for server in &servers {
        writeln!(out)?;
        pen.server(document, server, out)?;
    }
    pen.legend(&servers, out)?;
    for deployable in document.deployables.iter().filter(|it| document.clients_of(it).next().is_some()) {
        writeln!(out)?;
        pen.deployable(document, deployable, out)?;
    }
    Ok(())
}

struct Pen {
    screen: Screen,
}

impl Pen {
    fn code(&self, code: &str, text: &str) -> String {
        if self.screen.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() }
    }

    fn bold(&self, text: &str) -> String {
        self.code("1", text)
    }

    fn faint(&self, text: &str) -> String {
        self.code("2", text)
    }

    /// Red for what is wrong, yellow for what is near it, green else.
    fn graded(&self, server: &Server, text: &str) -> String {
        let code = match server.allowed {
            Some(_) if server.over => "31",
            Some(allowed) if server.total * 4.0 >= allowed * 3.0 => "33",
            _ => "32",
        };
        self.code(code, text)
    }

    fn server(&self, document: &Document, server: &Server, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", self.bold(&server.name))?;
        if !server.shares.is_empty() {
            writeln!(out, "  {}", self.bar(server))?;
        }
        self.wrapped(&sum(server), out)?;
        self.wrapped(&allowance(server), out)?;
        self.shares(document, server, out)?;
        for client in server.unbounded.iter().filter_map(|id| document.client(id)) {
            let line = format!("    + {} {}: one more {}", client.written, client.at(), client.how_often);
            writeln!(out, "{}", self.code("31", &self.cut(&line)))?;
        }
        for client in server.unplaced.iter().filter_map(|id| document.client(id)) {
            let line = format!(
                "    ? {} {}: nothing that runs it is known  {}",
                client.written,
                client.at(),
                client.numbers()
            );
            writeln!(out, "{}", self.cut(line.trim_end()))?;
        }
        for client in server.scripts.iter().filter_map(|id| document.client(id)) {
            let line = format!("    – {} {}: {}", client.written, client.at(), client.how_often);
            writeln!(out, "{}", self.faint(&self.cut(&line)))?;
        }
        Ok(())
    }

    /// `██████░░░░│ 45 of 97`: what can be open, what is left of the limit, the limit, and what is over it.
    fn bar(&self, server: &Server) -> String {
        let numbers = self.graded(server, &server.amount());
        let Some(allowed) = server.allowed.filter(|allowed| *allowed > 0.0) else { return numbers };
        let room = self.screen.width.saturating_sub(server.amount().chars().count() + 6).clamp(8, 48);
        let whole = server.total.max(allowed);
        let columns = |number: f64| (number / whole * room as f64).round() as usize;
        let (open, limit) = (columns(server.total), columns(allowed));
        let within = self.graded(server, &FULL.repeat(open.min(limit)));
        let over = self.code("31", &OVER.repeat(open.saturating_sub(limit)));
        format!("{within}{}{LIMIT}{over} {numbers}", FREE.repeat(limit.saturating_sub(open)))
    }

    /// The shares of a server; those of equal neighbours in one line.
    fn shares(&self, document: &Document, server: &Server, out: &mut dyn Write) -> io::Result<()> {
        for alike in server.shares.chunk_by(|left, right| are_alike(document, left, right)) {
            let Some(client) = document.client(&alike[0].client) else { continue };
            if alike.len() < ALIKE {
                alike.iter().try_for_each(|share| self.share(document, share, out))?;
                continue;
            }
            let total = alike.iter().map(|share| share.total).sum::<Option<f64>>();
            let each = alike[0].total.map_or(String::new(), |one| format!(", {one} × {}", alike.len()));
            let last = alike.last().and_then(|share| document.client(&share.client)).map_or(String::new(), Client::at);
            let places = format!("{} places, {} to {last}", alike.len(), client.at());
            let line = format!("{} {} in {places}{each}", lead(total, alike[0].instead), client.written);
            writeln!(out, "{}", self.cut(&line))?;
        }
        Ok(())
    }

    fn share(&self, document: &Document, share: &Share, out: &mut dyn Write) -> io::Result<()> {
        let Some(client) = document.client(&share.client) else { return Ok(()) };
        let place = document.deployable(&share.deployable).filter(|it| it.id != client.deployable);
        let place = place.map_or(String::new(), |it| format!(" in {}", it.name));
        let times = |number: f64, name: &str| if number > 1.0 { format!(" × {number} {name}") } else { String::new() };
        let times = format!("{}{}", times(share.processes, "processes"), times(share.instances, "instances"));
        let lead = lead(share.total, share.instead);
        let line = format!("{lead} {} {}{place}{times}  {}", client.written, client.at(), client.numbers());
        writeln!(out, "{}", self.cut(line.trim_end()))
    }

    /// What the marks mean that stand on this map.
    fn legend(&self, servers: &[&Server], out: &mut dyn Write) -> io::Result<()> {
        let any = |holds: fn(&Server) -> bool| servers.iter().any(|server| holds(server));
        let bars = any(|server| !server.shares.is_empty() && server.allowed.is_some());
        let marks = [
            (bars, format!("{FULL} connections that can be open at once")),
            (bars, format!("{FREE} left")),
            (bars, format!("{LIMIT} what the server allows")),
            (any(|server| server.total > server.allowed.unwrap_or(f64::MAX)), format!("{OVER} over it")),
            (any(|server| server.shares.iter().any(|it| it.instead)), "or: built instead of another".into()),
            (
                any(|server| !server.unplaced.is_empty() || server.shares.iter().any(|it| it.total.is_none())),
                "?: how many is not known".into(),
            ),
            (any(|server| !server.unbounded.is_empty()), "+: one more each time".into()),
            (any(|server| !server.scripts.is_empty()), "–: scripts, which add nothing".into()),
        ];
        let shown: Vec<String> = marks.into_iter().filter(|(there, _)| *there).map(|(_, text)| text).collect();
        if shown.is_empty() {
            return Ok(());
        }
        writeln!(out)?;
        self.wrapped(&shown.join(", "), out)
    }

    fn deployable(&self, document: &Document, deployable: &Deployable, out: &mut dyn Write) -> io::Result<()> {
        let clients: Vec<&Client> = document.clients_of(deployable).collect();
        let mut notes = vec![count(clients.len(), "client")];
        notes.extend(deployable.platform.map(String::from));
        if deployable.processes > 1.0 {
            let at = deployable.processes_at.as_ref().map_or(String::new(), |spot| format!(" ({spot})"));
            notes.push(format!("{} processes{at}", deployable.processes));
        }
        let folder = if deployable.folder.is_empty() { String::new() } else { format!(" {}", deployable.folder) };
        writeln!(out, "{}{folder}: {}", self.bold(&deployable.name), notes.join(", "))?;
        for client in clients {
            self.client(document, client, out)?;
        }
        Ok(())
    }

    fn client(&self, document: &Document, client: &Client, out: &mut dyn Write) -> io::Result<()> {
        let wrong = client.rule.map_or(String::new(), |rule| self.code("31", &format!(" [{rule}]")));
        writeln!(out, "  {} {}{wrong}", self.code("36", &client.at()), client.written)?;
        self.line("built", &format!("{} in {}", client.how_often, client.function), out)?;
        if client.pool.per_thread || !client.pool.numbers.is_empty() {
            let most = client.pool.most.map_or(String::new(), |most| format!("up to {most}: "));
            self.line("pool", &format!("{most}{}", client.numbers()), out)?;
        }
        if let Some(server) = document.server_of(client) {
            self.line("server", &server.name, out)?;
        }
        let runs_in = document.runs_in(client);
        if !runs_in.is_empty() {
            self.line("runs", &format!("in {}", runs_in.join(", ")), out)?;
        }
        if client.importers > 0 {
            self.line("used", &format!("imported by {}", count(client.importers as usize, "module")), out)?;
        }
        self.reached(client, out)
    }

    fn reached(&self, client: &Client, out: &mut dyn Write) -> io::Result<()> {
        for reach in client.reached.iter().filter(|reach| !reach.chain.is_empty()) {
            let steps: Vec<String> = reach.chain.iter().map(|step| step.at.to_string()).collect();
            self.line("by", &format!("{}: {}", reach.how_often, steps.join(" > ")), out)?;
        }
        let mut names: Vec<String> =
            client.entries.iter().map(|entry| format!("{} ({})", entry.label, entry.at)).collect();
        if names.is_empty() {
            return Ok(());
        }
        let rest = names.len().saturating_sub(NAMED);
        let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        names.truncate(NAMED);
        self.line("from", &format!("{}{more}", names.join(", ")), out)
    }

    fn line(&self, name: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
        for (at, line) in wrap(text, self.screen.width.saturating_sub(13)).iter().enumerate() {
            let name = if at == 0 { name } else { "" };
            writeln!(out, "      {} {line}", self.faint(&format!("{name:6}")))?;
        }
        Ok(())
    }

    fn wrapped(&self, text: &str, out: &mut dyn Write) -> io::Result<()> {
        for line in wrap(text, self.screen.width.saturating_sub(2)) {
            writeln!(out, "  {}", self.faint(&line))?;
        }
        Ok(())
    }

    /// At most as wide as the screen.
    fn cut(&self, line: &str) -> String {
        if line.chars().count() <= self.screen.width {
            return line.to_string();
        }
        let kept: String = line.chars().take(self.screen.width.saturating_sub(1)).collect();
        format!("{kept}…")
    }
}

/// All that a line would say of them is the same but for the place.
fn are_alike(document: &Document, left: &Share, right: &Share) -> bool {
    let (Some(one), Some(other)) = (document.client(&left.client), document.client(&right.client)) else {
        return false;
    };
    (left.total, left.instead, &left.deployable) == (right.total, right.instead, &right.deployable)
        && one.name == other.name
        && one.numbers_alone() == other.numbers_alone()
}

/// What a line begins with: how many connections it adds.
fn lead(total: Option<f64>, instead: bool) -> String {
    let known = total.map_or("?".to_string(), |total| total.to_string());
    format!("{:>5}", if instead { "or".to_string() } else { known })
}

fn sum(server: &Server) -> String {
    if server.sum.contains('=') { server.sum.clone() } else { String::new() }
}

fn allowance(server: &Server) -> String {
    let told = if server.presumed { " (presumed; connlint.toml can say what yours allows)" } else { "" };
    if server.why.is_empty() { String::new() } else { format!("{}{told}", server.why) }
}

/// Lines of at most `width` columns, broken at blanks; a longer word stays whole.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn lines_keep_the_width() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("unbreakable", 4), ["unbreakable"]);
    }
}
