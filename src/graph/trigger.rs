//! Why something runs: what starts a chain of calls.

use crate::catalog::schema::Run;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    /// The module is loaded.
    Load,
    Startup,
    Shutdown,
    Request,
    Event,
    Message,
    Job,
    Tick,
    Render,
    Mount,
    Unmount,
    PoolGrowth,
    Script,
    Test,
    Build,
}

impl Trigger {
    /// The trigger that a hand-over starts; `None` when the function runs as part of the caller.
    pub fn of(run: Run) -> Option<Trigger> {
        Some(match run {
            Run::Inline | Run::Once | Run::Iteration | Run::Deferred | Run::OwnLoop | Run::Never => return None,
            Run::Startup => Trigger::Startup,
            Run::Shutdown => Trigger::Shutdown,
            Run::Request => Trigger::Request,
            Run::Event => Trigger::Event,
            Run::Message => Trigger::Message,
            Run::Job => Trigger::Job,
            Run::Tick => Trigger::Tick,
            Run::Render => Trigger::Render,
            Run::Mount => Trigger::Mount,
            Run::Unmount => Trigger::Unmount,
            Run::PoolGrowth => Trigger::PoolGrowth,
            Run::Script => Trigger::Script,
            Run::Test => Trigger::Test,
            Run::Build => Trigger::Build,
        })
    }

    /// What the program does by itself, not for somebody.
    pub(crate) fn is_own(self) -> bool {
        matches!(self, Trigger::Load | Trigger::Startup | Trigger::Script | Trigger::Tick)
    }

    /// Runs again and again while the program serves.
    pub fn repeats(self) -> bool {
        matches!(self, Trigger::Request | Trigger::Event | Trigger::Message | Trigger::Job | Trigger::Render)
    }
}
