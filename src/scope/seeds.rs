//! The names that make a file worth parsing, taken from the data.
//!
//! Knows no library: which names these are is what the catalogue says.

use rustc_hash::{FxHashMap, FxHashSet};

use super::mounts::Mounts;
use super::present::Present;
use super::registered::last_names;
use super::specifiers::{last, plain, roots};
use crate::catalog::pattern::Wildcard;
use crate::catalog::schema::{Ecosystem, Kind, Leaving, Make, Method, PackageFile, Role, Run};
use crate::catalog::{Catalog, TypeInfo, language};
use crate::facts::{DEFAULT_EXPORT, Language};
use crate::frontend::scan::{Scan, method_hash, name_hash};
use crate::source::globs::Globs;

#[derive(Default)]
pub struct Seeds {
    /// Script modules of packages that build, take out or open something, with the names that do.
    modules: FxHashMap<String, FxHashSet<String>>,
    /// The same for patterns of specifiers.
    patterns: Vec<(Wildcard, FxHashSet<String>)>,
    /// For Python and Rust: the first name of module paths, with the names that do.
    roots: FxHashMap<Language, FxHashMap<String, FxHashSet<String>>>,
    /// The same roots with all names of the data below them, as hashes; `None` where the root tells by itself.
    told: FxHashMap<Language, FxHashMap<u32, Option<FxHashSet<u32>>>>,
    /// Constructors of clients that generated modules export.
    pub symbols: FxHashSet<u32>,
    pub mounts: Mounts,
    /// Names that open something in effects; with a dot before them, methods.
    pub openers: FxHashSet<u32>,
    /// Those of them that open something wherever they occur: helpers of effects call them too.
    pub lasting: FxHashSet<u32>,
    /// Those of them that end by themselves: what they open lasts where they are given the function that calls them.
    pub one_shots: FxHashSet<u32>,
    /// Names of modules that say how many processes run.
    pub tuning: Globs,
    /// Names under which libraries read addresses and options that a project keeps.
    pub settings: FxHashSet<u32>,
    /// Look-ups of scripts: functions, and methods by what they are called on.
    pub lookups: FxHashSet<u32>,
    /// Look-ups by one method of an object, with the modules of its package.
    pub lookups_of: Vec<(u32, FxHashSet<String>)>,
    /// What files mention that name functions in records, or take something out of what only its name tells, as
    /// sets of names.
    pub named: Vec<Vec<u32>>,
    /// What makes factories, which hold nothing, and the methods of these that make clients.
    pub factories: FxHashSet<u32>,
    /// What runs a function after a time.
    pub timers: FxHashSet<u32>,
    /// Calls that are told when the clock comes round, by the hashes of their last names.
    pub clocks: FxHashSet<u32>,
    pub made_by: FxHashSet<u32>,
    /// What makes connections for one at a time.
    pub single: FxHashSet<u32>,
    /// What takes something out, called by its name.
    pub acquires: FxHashSet<u32>,
    /// The last names of what keeps objects under names, and of what puts them there.
    pub registries: FxHashSet<String>,
    /// Methods that release what is owned, or give it to an application, with the dot before them.
    pub releases: FxHashSet<u32>,
    /// Methods of applications that switch hooks on.
    pub switches: FxHashSet<u32>,
    /// Methods that take a connection while they run, with the dot before them.
    pub borrows: FxHashSet<u32>,
    /// Methods that take a connection out, with the dot before them. Rust writes the types that have them.
    pub takes: FxHashSet<u32>,
    /// Methods, with their dot, that open anew what is there already.
    pub reopens: FxHashSet<u32>,
    /// The types of Rust that have such methods, and these.
    pub lenders: FxHashSet<String>,
    pub lends: FxHashSet<String>,
    /// Names that release what effects open; with a dot before them, methods.
    pub ends: FxHashSet<u32>,
    /// Names of page-leave events, and of what takes their handlers.
    pub leaves: FxHashSet<u32>,
    /// Names of files that render the page's root.
    pub renders: FxHashSet<u32>,
    /// Files that frameworks make known by their names.
    pub file_names: Vec<String>,
    /// Patterns of files whose exports are names everywhere.
    pub auto_imports: Vec<String>,
    /// Files whose components live as long as the page; they place others.
    pub root_files: Globs,
    /// Names of what makes a thing of a request, before the handler that has it for a parameter begins.
    pub guards: FxHashSet<u32>,
    /// Files that run around others for the same request, wherever their package begins.
    pub outer_files: Globs,
    /// Those of them that say enough to be followed from file to file.
    telling: FxHashSet<String>,
    /// Script modules with objects that effects listen to or subscribe to.
    emitters: FxHashSet<String>,
}

fn tuning(catalog: &Catalog) -> Globs {
    let rows = catalog.limits.iter().flat_map(|file| &file.multipliers);
    Globs::new(rows.flat_map(|row| &row.modules))
}

fn outer_files(catalog: &Catalog, present: &Present) -> Globs {
    let files = catalog.files.iter().enumerate().filter(|(at, _)| present.has(*at));
    let outer = files.flat_map(|(_, file)| &file.nestings).flat_map(|row| &row.outer);
    Globs::new(outer.map(|glob| format!("**/{glob}")))
}

impl Seeds {
    /// The names of the packages that a project may use.
    pub fn of(catalog: &Catalog, present: &Present) -> Seeds {
        let mut types: FxHashMap<u32, Vec<&TypeInfo>> = FxHashMap::default();
        catalog.types.iter().for_each(|ty| types.entry(ty.package.0).or_default().push(ty));
        let (tuning, root_files, mounts) = (tuning(catalog), root_files(catalog), Mounts::of(catalog));
        let outer_files = outer_files(catalog, present);
        let mut seeds = Seeds { tuning, root_files, outer_files, mounts, ..Seeds::default() };
        for (at, file) in catalog.files.iter().enumerate().filter(|(at, _)| present.has(*at)) {
            let types = types.get(&(at as u32)).map_or(&[][..], Vec::as_slice);
            seeds.add_effects(file);
            seeds.add_emitters(file);
            seeds.add_lookups(file);
            seeds.add_declared(file);
            seeds.auto_imports.extend(file.auto_imports.iter().cloned());
            seeds.file_names.extend(file.file_names.iter().flat_map(|row| &row.globs).cloned());
            seeds.registries.extend(last_names(file.registries.iter()).map(String::from));
            let mentions = file.named.iter().map(|row| row.mentions.iter().map(|name| name_hash(name)).collect());
            seeds.named.extend(mentions);
            let giving = file.registries.iter().flat_map(|row| &row.returned_by);
            seeds.named.extend(giving.map(|name| vec![name_hash(name)]));
            seeds.named.extend(file.makes.iter().filter(|_| is_script(file)).flat_map(written_paths));
            let kept = types.iter().flat_map(|ty| ty.row.address_settings.iter().chain(&ty.row.options_settings));
            seeds.settings.extend(kept.map(|name| name_hash(name)));
            let owning = types.iter().filter(|ty| ty.owns);
            let releases = owning.flat_map(|ty| &ty.row.release).filter_map(|name| last(name));
            let binds = types.iter().filter_map(|ty| ty.row.bound_by.as_ref()).flat_map(|row| &row.methods);
            let by_hand = types.iter().filter_map(|ty| ty.row.ambient.as_ref()).flat_map(|row| &row.by_hand);
            let methods = releases.chain(binds.chain(by_hand).map(String::as_str));
            seeds.releases.extend(methods.map(|name| name_hash(&format!(".{name}"))));
            seeds.switches.extend(file.bases.iter().flat_map(|row| &row.enabled_by).map(|name| name_hash(name)));
            let guards = file.bases.iter().filter(|row| row.lends && row.run == Run::Request);
            seeds.guards.extend(guards.flat_map(|row| &row.names).map(|name| name_hash(name)));
            seeds.add_borrows(types);
            seeds.add_takes(file, types);
            let reopened = types.iter().filter_map(|ty| ty.row.reopened.as_ref()).flat_map(|row| &row.methods);
            seeds.reopens.extend(reopened.map(|name| name_hash(&format!(".{name}"))));
            seeds.add_factories(file, types);
            seeds.add_single(file, types);
            let acquires = file.makes.iter().filter(|make| make.acquire).flat_map(|make| &make.calls);
            seeds.acquires.extend(acquires.filter_map(|call| last(call)).map(name_hash));
            let clocks = file.handovers.iter().filter(|row| row.run == Run::Tick).flat_map(|row| &row.calls);
            seeds.clocks.extend(clocks.filter_map(|call| last(call)).map(name_hash));
            let timers = file.handovers.iter().filter(|row| row.run == Run::Deferred && row.unit.is_some());
            seeds.timers.extend(timers.flat_map(|row| &row.calls).filter_map(|call| last(call)).map(name_hash));
            seeds.add_ends(file, types);
            let names = making(file, types);
            // What asks a service makes nothing, but a transaction may wait for it.
            let asks = |ty: &&TypeInfo| ty.row.service == "http";
            if !names.is_empty() || is_script(file) && types.iter().any(asks) {
                seeds.add_modules(file, &names);
                seeds.add_told(file, types);
                let clients = names.iter().filter(|name| name.ends_with("Client") && name.len() > 8);
                seeds.symbols.extend(clients.map(|name| name_hash(name)));
            }
        }
        seeds.add_starters(catalog);
        for (language, alias, name) in present.renamed() {
            seeds.rename(*language, alias, name);
        }
        seeds
    }

    /// What is known of a package by its name is true of the name that the manifest gives it.
    fn rename(&mut self, language: Language, alias: &str, name: &str) {
        if language == Language::Script {
            let inside = |rest: &&str| rest.is_empty() || rest.starts_with('/');
            let rest = |module| str::strip_prefix(module, name).filter(inside);
            let modules = self.modules.iter().filter_map(|(module, names)| Some((rest(module)?, names.clone())));
            let modules: Vec<_> = modules.map(|(rest, names)| (format!("{alias}{rest}"), names)).collect();
            modules.into_iter().for_each(|(module, names)| self.modules.entry(module).or_default().extend(names));
            if self.emitters.contains(name) {
                self.emitters.insert(alias.to_string());
            }
            return;
        }
        if let Some(names) = self.names_below(language, name).cloned() {
            self.root(language, alias).extend(names);
        }
        let told = self.told.entry(language).or_default();
        if let Some(names) = told.get(&name_hash(name)).cloned() {
            told.entry(name_hash(alias)).or_insert(names);
        }
    }

    /// Calls that start processes.
    fn add_starters(&mut self, catalog: &Catalog) {
        let rows = catalog.limits.iter().flat_map(|file| &file.multipliers);
        for (row, call) in rows.flat_map(|row| row.calls.iter().map(move |call| (row, call))) {
            let Some((module, name)) = call.split_once('.') else { continue };
            let last = name.rsplit('.').next().unwrap_or(name).to_string();
            match language(row.ecosystem) {
                Language::Script => self.modules.entry(module.to_string()).or_default().insert(last),
                other => {
                    self.told.entry(other).or_default().insert(name_hash(module), None);
                    self.root(other, module).insert(last)
                }
            };
        }
        self.add_served_by(catalog);
    }

    /// The classes that a command or a module of settings names as the server's: those of the project stand below them.
    fn add_served_by(&mut self, catalog: &Catalog) {
        let rows = catalog.limits.iter().flat_map(|file| &file.multipliers);
        let classes = rows.filter_map(|row| Some((row, row.with.split_once('.')?)));
        for (row, (root, rest)) in classes.filter(|(row, _)| language(row.ecosystem) != Language::Script) {
            let told = self.told.entry(language(row.ecosystem)).or_default().entry(name_hash(root));
            let names = told.or_insert_with(|| Some(FxHashSet::default()));
            names.iter_mut().for_each(|names| names.extend(last(rest).map(name_hash)));
        }
    }

    /// Methods with which a connection is taken that comes back by itself: by the call, by the end of the callback that
    /// a transaction runs, or by that of the session of whoever asks.
    fn add_borrows(&mut self, types: &[&TypeInfo]) {
        let borrows = |method: &&Method| method.role == Role::Borrow || method.role == Role::Acquire && method.scoped;
        let methods = types.iter().flat_map(|ty| &ty.row.methods).filter(borrows);
        let ambient = types.iter().filter_map(|ty| ty.row.ambient.as_ref()).flat_map(|row| &row.asks);
        let names = methods.flat_map(|method| &method.names).chain(ambient);
        self.borrows.extend(names.map(|name| name_hash(&format!(".{name}"))));
    }

    fn add_takes(&mut self, file: &PackageFile, types: &[&TypeInfo]) {
        let typed = language(file.ecosystem) == Language::Rust;
        for ty in types.iter().filter(|_| typed) {
            let taking = ty.row.methods.iter().filter(|method| method.role == Role::Acquire);
            let names: Vec<String> = taking.flat_map(|method| &method.names).cloned().collect();
            self.lenders.extend(ty.row.symbols.iter().filter(|_| !names.is_empty()).cloned());
            self.lends.extend(names);
        }
        let methods = types.iter().filter(|_| !typed).flat_map(|ty| &ty.row.methods);
        let names = methods.filter(|method| method.role == Role::Acquire).flat_map(|method| &method.names);
        // Those that give it to a callback.
        let lending = file.handovers.iter().filter(|row| !typed && !row.gives.is_empty()).flat_map(|row| &row.calls);
        let lending = lending.filter_map(|call| call.rsplit_once('.')).map(|(_, name)| name);
        let names = names.map(String::as_str).chain(lending);
        self.takes.extend(names.map(|name| name_hash(&format!(".{name}"))));
    }

    fn add_factories(&mut self, file: &PackageFile, types: &[&TypeInfo]) {
        let callables = file.makes.iter().filter(|make| make.gives.starts_with("callable:"));
        let names = callables.flat_map(|make| &make.calls).filter_map(|call| last(call));
        self.factories.extend(names.map(name_hash));
        for ty in types.iter().filter(|ty| is_factory(ty)) {
            self.factories.extend(ty.row.symbols.iter().map(|name| name_hash(name)));
            let methods = ty.row.methods.iter().filter(|method| method.role == Role::Make);
            self.made_by.extend(methods.flat_map(|method| &method.names).map(|name| name_hash(name)));
        }
    }

    fn add_single(&mut self, file: &PackageFile, types: &[&TypeInfo]) {
        let alone = |make: &&Make| {
            let given = types.iter().find(|ty| ty.row.name == make.gives);
            given.is_some_and(|ty| ty.owns && ty.row.one_at_a_time)
        };
        let calls = file.makes.iter().filter(alone).flat_map(|make| &make.calls);
        self.single.extend(calls.filter_map(|call| last(call)).map(name_hash));
    }

    /// Settings modules may import nothing.
    fn add_declared(&mut self, file: &PackageFile) {
        for row in &file.declared {
            self.root(language(file.ecosystem), &row.variable);
            self.told.entry(language(file.ecosystem)).or_default().insert(name_hash(&row.variable), None);
        }
    }

    fn add_modules(&mut self, file: &PackageFile, names: &FxHashSet<String>) {
        let language = language(file.ecosystem);
        for module in &file.modules {
            let names = names.iter().cloned();
            match (language, Wildcard::parse(module)) {
                (Language::Script, Some(pattern)) => self.patterns.push((pattern, names.collect())),
                (Language::Script, None) => self.modules.entry(module.clone()).or_default().extend(names),
                _ => {
                    let root = module.split(['.', ':']).next().unwrap_or_default();
                    for root in roots(file, root) {
                        self.root(language, &root).extend(names.clone());
                    }
                }
            }
        }
    }

    fn add_told(&mut self, file: &PackageFile, types: &[&TypeInfo]) {
        let language = language(file.ecosystem);
        if language == Language::Script {
            return;
        }
        let mut names = FxHashSet::default();
        let calls = file.makes.iter().flat_map(|make| &make.calls);
        let calls = calls.chain(file.decorators.iter().filter(|row| !row.holds.is_empty()).flat_map(|row| &row.calls));
        for call in calls.chain(file.openers.iter().flat_map(|row| &row.calls)) {
            add_told_call(call, language, &mut names);
        }
        names.extend(types.iter().flat_map(|ty| &ty.row.symbols).filter_map(|name| last(name)).map(name_hash));
        let makes = |method: &&Method| matches!(method.role, Role::Make | Role::Acquire);
        let methods = types.iter().flat_map(|ty| &ty.row.methods).filter(makes).flat_map(|method| &method.names);
        // Which type has a method is written in Rust, so that it is called.
        names.extend(methods.map(|name| match language {
            Language::Rust => name_hash(&format!(".{name}")),
            _ => name_hash(name),
        }));
        self.tell(file, &names);
    }

    /// Errors that say that a connection is over, and its type: somebody may go on with it, of Python and Rust.
    fn add_ends(&mut self, file: &PackageFile, types: &[&TypeInfo]) {
        let ending = types.iter().filter(|ty| !ty.row.ended_by.is_empty());
        let names = ending.flat_map(|ty| ty.row.ended_by.iter().chain(&ty.row.symbols).chain([&ty.row.name]));
        let names: FxHashSet<u32> = names.map(|name| name_hash(name)).collect();
        if !names.is_empty() && !is_script(file) {
            self.tell(file, &names);
        }
    }

    /// A file that mentions one of the names and the root of a module of the package matters.
    fn tell(&mut self, file: &PackageFile, names: &FxHashSet<u32>) {
        for module in &file.modules {
            let root = module.split(['.', ':']).next().unwrap_or_default();
            for root in roots(file, root) {
                let told = self.told.entry(language(file.ecosystem)).or_default().entry(name_hash(&root));
                told.or_insert_with(|| Some(FxHashSet::default())).iter_mut().for_each(|known| known.extend(names));
            }
        }
    }

    fn add_effects(&mut self, file: &PackageFile) {
        let leaving = file.handovers.iter().filter(|row| row.leave == Some(Leaving::Unreliable));
        for row in leaving {
            let literals = row.when.iter().flat_map(|when| &when.is).filter_map(|is| last(is));
            self.leaves.extend(literals.chain(row.assigned.iter().map(String::as_str)).map(name_hash));
        }
        let renders = file.components.iter().flat_map(|row| &row.renders);
        self.renders.extend(renders.map(|name| name_hash(name)));
        let releases = file.openers.iter().flat_map(|row| &row.releases);
        for release in releases {
            let methods = release.methods.iter().filter_map(|name| last(name)).map(|name| format!(".{name}"));
            let functions = release.functions.iter().filter_map(|name| last(name)).map(str::to_string);
            let names = methods.chain(functions).filter(|name| name.len() > 4);
            self.ends.extend(names.map(|name| name_hash(&name)));
        }
        // What a package exports counts where the package is imported.
        let browser = file.ecosystem == Some(Ecosystem::Browser);
        for row in &file.openers {
            for call in row.calls.iter().filter(|call| browser || call.starts_with('.')) {
                let Some(name) = last(call) else { continue };
                let hash = name_hash(if call.starts_with('.') { call } else { name });
                self.openers.insert(hash);
                let tells = name.len() > 9 || name.starts_with(|c: char| c.is_ascii_uppercase());
                if row.pedantic {
                    self.one_shots.insert(hash);
                } else if tells {
                    self.lasting.insert(hash);
                    self.telling.insert(name.to_string());
                }
            }
        }
    }

    fn add_emitters(&mut self, file: &PackageFile) {
        let mut calls = file.openers.iter().flat_map(|row| &row.calls);
        if is_script(file) && calls.any(|call| call.starts_with('#')) {
            self.emitters.extend(file.modules.iter().map(|module| plain(module).to_string()));
        }
        // Where the handles of listening come from, so do streams.
        let handles = file.openers.iter().filter_map(|row| row.handle_type.split_once(':'));
        self.emitters.extend(handles.map(|(module, _)| module.to_string()));
    }

    /// Whether a script file imports what makes objects that are listened to.
    pub fn emits_in(&self, scan: &Scan) -> bool {
        scan.imports.iter().any(|module| self.emitters.contains(plain(module)))
    }

    fn add_lookups(&mut self, file: &PackageFile) {
        if language(file.ecosystem) != Language::Script {
            return;
        }
        for row in &file.lookups {
            for call in &row.calls {
                let names: Vec<&str> =
                    call.split('.').filter(|name| !name.is_empty() && !name.starts_with('#')).collect();
                match (names.as_slice(), row.receivers.as_slice()) {
                    // One word says nothing by itself: it asks where it comes from a file that may make the object.
                    ([name], _) if call.starts_with('#') => {
                        self.lookups_of.push((name_hash(name), file.modules.iter().cloned().collect()));
                    }
                    ([.., of, name], _) => _ = self.lookups.insert(method_hash(of, name)),
                    ([name], []) => _ = self.lookups.insert(name_hash(name)),
                    ([name], some) => self.lookups.extend(some.iter().map(|of| method_hash(of, name))),
                    ([], _) => {}
                }
            }
        }
    }

    /// Whether a script file imports something that makes, and mentions what does.
    pub fn makes_in(&self, scan: &Scan) -> bool {
        let mentions = |name: &String| matches!(name.as_str(), DEFAULT_EXPORT | "*") || scan.mentions(name_hash(name));
        let mentioned = |names: &FxHashSet<String>| names.iter().any(mentions);
        scan.imports.iter().any(|module| self.names_of(module).any(mentioned))
    }

    /// Whether a script file imports a package that makes something.
    pub fn imported_in(&self, scan: &Scan) -> bool {
        scan.imports.iter().any(|module| self.names_of(module).next().is_some())
    }

    /// What makes in the packages that a specifier may mean.
    pub fn names_of<'s>(&'s self, module: &'s str) -> impl Iterator<Item = &'s FxHashSet<String>> {
        let module = plain(module);
        let fitting = self.patterns.iter().filter(move |(pattern, _)| pattern.fits(module));
        self.modules.get(module).into_iter().chain(fitting.map(|(_, names)| names))
    }

    /// The first names of module paths of Python or Rust, each with the names that a file which matters mentions one
    /// of, as hashes; `None` where the root tells by itself.
    pub fn told(&self, language: Language) -> impl Iterator<Item = (u32, Option<&FxHashSet<u32>>)> {
        let roots = self.told.get(&language).into_iter().flatten();
        roots.map(|(root, names)| (*root, names.as_ref()))
    }

    /// Whether a name taken from a script module makes something.
    pub fn makes_in_module(&self, module: &str, name: &str) -> bool {
        self.names_of(module).any(|names| names.contains(name))
    }

    /// Whether a name somewhere below a root of Python or Rust makes something.
    pub fn makes_below(&self, language: Language, root: &str, name: &str) -> bool {
        self.names_below(language, root).is_some_and(|names| names.contains(name))
    }

    fn root(&mut self, language: Language, root: &str) -> &mut FxHashSet<String> {
        self.roots.entry(language).or_default().entry(root.to_string()).or_default()
    }

    /// What makes below a root of Python or Rust.
    pub fn names_below(&self, language: Language, root: &str) -> Option<&FxHashSet<String>> {
        self.roots.get(&language)?.get(root)
    }

    pub fn opens(&self, name: &str) -> bool {
        self.telling.contains(name)
    }
}

fn root_files(catalog: &Catalog) -> Globs {
    let rows = catalog.files.iter().flat_map(|file| &file.components);
    // Every folder may have an index; those that render something are found by that.
    let globs = rows.flat_map(|row| &row.roots).filter(|glob| !glob.contains("index"));
    Globs::new(globs.map(|glob| format!("**/{glob}")))
}

/// The names of a package that build something that owns or keeps things, take something out, or open a subscription.
fn making(file: &PackageFile, types: &[&TypeInfo]) -> FxHashSet<String> {
    let mut names = FxHashSet::default();
    let script = is_script(file);
    for make in &file.makes {
        let gives = |ty: &&&TypeInfo| ty.row.name == make.gives && is_client(ty);
        let owning = types.iter().any(|ty| gives(&ty)) || make.gives.contains('.');
        if owning || make.acquire || make.one_shot && !script || make.gives.starts_with("callable:") {
            make.calls.iter().for_each(|call| add_call(call, file, &mut names));
        }
    }
    let holding = file.decorators.iter().filter(|row| !row.holds.is_empty());
    holding.flat_map(|row| &row.calls).for_each(|call| add_call(call, file, &mut names));
    for ty in types {
        if is_client(ty) {
            names.extend(ty.row.symbols.iter().cloned());
        }
        let makes = ty.row.methods.iter().filter(|method| matches!(method.role, Role::Make | Role::Acquire));
        names.extend(makes.flat_map(|method| method.names.iter().cloned()));
    }
    if file.ecosystem != Some(Ecosystem::Browser) {
        file.openers.iter().flat_map(|row| &row.calls).for_each(|call| add_call(call, file, &mut names));
    }
    names
}

/// How often one is built matters.
fn is_client(ty: &TypeInfo) -> bool {
    ty.owns || ty.row.caches || is_factory(ty) || ty.row.kind == Kind::Builder && makes_others(ty)
}

/// Holds nothing, and makes what does.
fn is_factory(ty: &TypeInfo) -> bool {
    ty.row.kind == Kind::Factory && makes_others(ty)
}

fn makes_others(ty: &TypeInfo) -> bool {
    ty.row.methods.iter().any(|method| method.role == Role::Make)
}

fn is_script(file: &PackageFile) -> bool {
    language(file.ecosystem) == Language::Script
}

/// A method of an unknown receiver, with the name that the receiver has in each of its paths.
fn written_paths(make: &Make) -> Vec<Vec<u32>> {
    let methods = || make.calls.iter().map(|call| name_hash(call));
    let plain = |path: &&String| !path.contains('*');
    match make.path.iter().any(|path| path == "*") {
        true => methods().map(|method| vec![method]).collect(),
        false => {
            let names = make.path.iter().filter(plain).filter_map(|path| path.rsplit('.').next()).map(name_hash);
            names.flat_map(|name| methods().map(move |method| vec![method, name])).collect()
        }
    }
}

/// What a file with the call mentions: of a path in Rust its type.
fn add_told_call(call: &str, language: Language, names: &mut FxHashSet<u32>) {
    let call = call.strip_prefix("new ").unwrap_or(call).trim_start_matches(['#', '.']);
    let first = call.split(['.', ':']).next().unwrap_or_default();
    names.insert(name_hash(first));
    names.extend(last(call).filter(|_| !is_of_type(first, language)).map(name_hash));
}

/// The first and the last name of a callee; of a function of a type in Rust the type alone, as many have a `new`.
fn add_call(call: &str, file: &PackageFile, names: &mut FxHashSet<String>) {
    let call = call.strip_prefix("new ").unwrap_or(call).trim_start_matches(['#', '.']);
    let first = call.split('.').next().unwrap_or_default();
    names.insert(first.to_string());
    if !is_of_type(first, language(file.ecosystem)) {
        names.extend(last(call).map(str::to_string));
    }
}

/// Types of Rust are told from modules and functions by their first letter.
fn is_of_type(first: &str, language: Language) -> bool {
    language == Language::Rust && first.starts_with(|c: char| c.is_ascii_uppercase())
}
