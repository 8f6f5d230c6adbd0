//! What a file is for, by its path: product code, a test, a script.
//!
//! Reads no text. The names are the conventions of the three ecosystems.

use crate::catalog::words::packages::{
    AMBIGUOUS_FOLDERS, FILLING, SCRIPT_ENDINGS, SCRIPT_FILES, SCRIPT_FOLDERS, SOURCE_FOLDERS, TEST_FILES, TEST_FOLDERS,
    TEST_NAMES, TEST_RUNNERS, TEST_STEM_ENDS, TEST_STEMS, TEST_WORDS,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileClass {
    Source,
    /// Tests, fixtures, examples, benchmarks, stories: never judged.
    Test,
    /// Run by hand or by a deployment: seeds, migrations, tools.
    Script,
    /// What the package manager builds nothing of: never judged.
    Unbuilt,
}

/// Classifies a path relative to the project's root.
pub fn classify(path: &str) -> FileClass {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let folders: Vec<&str> = folders.split('/').collect();
    let routed = is_routed(&folders, name);
    let is_test_name = TEST_NAMES.iter().any(|part| name.contains(part))
        || name.starts_with("test_")
        || TEST_FILES.contains(&name)
        || name.rsplit_once('.').is_some_and(|(stem, end)| {
            TEST_STEM_ENDS.iter().any(|word| stem.ends_with(word))
                || SCRIPT_ENDINGS.contains(&end) && !routed && is_test_stem(stem)
        })
        || TEST_RUNNERS.iter().any(|prefix| name.starts_with(prefix));
    // What feature files in words share.
    let is_support = folders.windows(2).any(|pair| pair == ["features", "support"]);
    // A segment of a page's address says nothing of what its file is for.
    let in_tests = || folders.iter().any(|folder| is_test_folder(folder) && (!routed || folder.starts_with('_')));
    let in_specs = || folders.iter().enumerate().any(|(at, folder)| is_spec(folder) && !is_part(&folders[..at]));
    if is_test_name || is_support || in_tests() || in_specs() {
        return FileClass::Test;
    }
    let rust_bin = name.ends_with(".rs") && folders.last() == Some(&"bin");
    let fills = |folder: &str| FILLING.iter().any(|start| folder.starts_with(start));
    let is_script_folder =
        |folder: &str| (SCRIPT_FOLDERS.contains(&folder) || folder.ends_with("_cli")) && (!routed || fills(folder));
    // `deprecated-migrations`, `data_migrations`: below its sources, a program has parts of such names.
    let is_upkeep =
        |folder: &str| folder == "maintenance" || folder.ends_with("-migrations") || folder.ends_with("_migrations");
    let upkeep = folders.iter().position(|folder| is_upkeep(folder));
    let by_hand = upkeep.is_some_and(|at| !folders[..at].iter().any(|folder| SOURCE_FOLDERS.contains(folder)));
    let script_folder = (by_hand || folders.iter().any(|folder| is_script_folder(folder))) && !rust_bin;
    let script_name = SCRIPT_FILES.iter().any(|prefix| name.starts_with(prefix));
    // Tools look for theirs where a package begins.
    let of_program = folders.iter().any(|folder| SOURCE_FOLDERS.contains(folder) || *folder == "config");
    let configuration = name.contains(".config.") && !of_program || name.starts_with(".eslintrc");
    if script_folder || script_name || configuration { FileClass::Script } else { FileClass::Source }
}

/// Only a folder's name says that the file is one of tests, and it may as well be that of a part of the program: matches
/// are called `fixtures`, a drive is a `test_drive`.
pub fn is_test_by_folder(path: &str) -> bool {
    let other = |folder: &str| !TEST_FOLDERS.contains(&folder) && is_test_folder(folder);
    let named = |part: &&str| AMBIGUOUS_FOLDERS.contains(part) || is_spec(part) || other(part);
    let rest: Vec<&str> = path.split('/').filter(|part| !named(part)).collect();
    rest.len() < path.split('/').count() && classify(&rest.join("/")) == FileClass::Source
}

fn is_test_folder(folder: &str) -> bool {
    let mut words = folder.split(['_', '-']);
    TEST_FOLDERS.contains(&folder) || words.any(|word| TEST_WORDS.contains(&word))
}

/// Tests, and what they share: `testUtils.ts`, `setup-tests.js`.
fn is_test_stem(stem: &str) -> bool {
    let plain = stem.replace(['-', '.'], "").to_ascii_lowercase();
    is_of_tests(stem) || TEST_STEMS.iter().any(|start| plain.starts_with(start))
}

fn is_of_tests(name: &str) -> bool {
    matches!(name, "test" | "tests")
}

/// The configuration of a tool that is written as code: `vite.config.ts`.
pub fn is_configuration(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.contains(".config."))
}

/// Tests, or what a part of the program calls its documents.
fn is_spec(folder: &str) -> bool {
    matches!(folder, "spec" | "specs")
}

/// What is below these folders is a part of a part of the program: `src/services`.
fn is_part(folders: &[&str]) -> bool {
    folders.iter().position(|folder| SOURCE_FOLDERS.contains(folder)).is_some_and(|at| at + 1 < folders.len())
}

/// The file answers under its path: its folders are segments of an address.
fn is_routed(folders: &[&str], name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let script = name.rsplit('.').next().is_some_and(|end| SCRIPT_ENDINGS.contains(&end));
    let of_router = folders.contains(&"app") && matches!(stem, "route" | "page")
        || folders.contains(&"routes") && matches!(stem, "+server" | "+page");
    script && (of_router || folders.windows(2).any(|pair| pair == ["pages", "api"]))
}

#[cfg(test)]
mod tests {
    use super::{FileClass, classify, is_test_by_folder};

    #[test]
    fn folders_of_tests_may_be_parts_of_a_program() {
        assert!(is_test_by_folder("src/tests/routes.ts"));
        assert!(!is_test_by_folder("src/tests/routes.test.ts"));
        assert!(is_test_by_folder("src/fixtures/routes.ts") && is_test_by_folder("dealer/test_drive/views.py"));
        assert!(!is_test_by_folder("src/__tests__/routes.ts") && !is_test_by_folder("src/mocks/routes.ts"));
        assert!(!is_test_by_folder("src/routes.ts"));
    }

    #[test]
    fn paths_tell_tests_and_scripts() {
        assert_eq!(classify("src/db.ts"), FileClass::Source);
        assert_eq!(classify("src/db.test.ts"), FileClass::Test);
        assert_eq!(classify("src/db.vitest.ts"), FileClass::Test);
        assert_eq!(classify("src/vitest-db.ts"), FileClass::Source);
        assert_eq!(classify("web/next.config.js"), FileClass::Script);
        assert_eq!(classify("src/database/database.config.ts"), FileClass::Source);
        assert_eq!(classify("server/config/redis.config.js"), FileClass::Source);
        assert_eq!(classify("src/drivers/pg/test.js"), FileClass::Test);
        assert_eq!(classify("src/drivers/pg/contest.js"), FileClass::Source);
        assert_eq!(classify("src/utils/testUtils.ts"), FileClass::Test);
        assert_eq!(classify("src/setup-tests.js"), FileClass::Test);
        assert_eq!(classify("src/utils/latestUtils.ts"), FileClass::Source);
        assert_eq!(classify("src/app/api/test-db/route.ts"), FileClass::Source);
        assert_eq!(classify("src/app/api/test-db/route.test.ts"), FileClass::Test);
        assert_eq!(classify("src/app/test/router.ts"), FileClass::Test);
        assert_eq!(classify("src/routes/test/+server.ts"), FileClass::Source);
        assert_eq!(classify("pages/api/test.js"), FileClass::Source);
        assert_eq!(classify("pages/api/migration/index.ts"), FileClass::Source);
        assert_eq!(classify("app/api/seed/route.ts"), FileClass::Script);
        assert_eq!(classify("pages/api/__tests__/orders.js"), FileClass::Test);
        assert_eq!(classify("features/login.steps.ts"), FileClass::Test);
        assert_eq!(classify("tools/load_testing/run.py"), FileClass::Test);
        assert_eq!(classify("packages/api-benchmark/run.py"), FileClass::Test);
        assert_eq!(classify("features/support/db.js"), FileClass::Test);
        assert_eq!(classify("src/features/db.js"), FileClass::Source);
        assert_eq!(classify("tests/common/database.rs"), FileClass::Test);
        assert_eq!(classify("spec/support/database.ts"), FileClass::Test);
        assert_eq!(classify("src/spec/database.ts"), FileClass::Test);
        assert_eq!(classify("server/src/services/spec/index.ts"), FileClass::Source);
        assert_eq!(classify("src/services/spec/orders_spec.js"), FileClass::Test);
        assert_eq!(classify("scripts/seed.ts"), FileClass::Script);
        assert_eq!(classify("mailer_cli/deploy.py"), FileClass::Script);
        assert_eq!(classify("maintenance/vacuum.py"), FileClass::Script);
        assert_eq!(classify("auth/deprecated-migrations/2021-move-users.ts"), FileClass::Script);
        assert_eq!(classify("web/src/features/background-migrations/table.tsx"), FileClass::Source);
        assert_eq!(classify("src/lib/maintenance/import.ts"), FileClass::Source);
        assert_eq!(classify("src/bin/worker.rs"), FileClass::Source);
        assert_eq!(classify("app/contest.py"), FileClass::Source);
    }
}
