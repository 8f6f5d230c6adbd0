//! A set of files of a project, as a list and as bits.
//!
//! Knows nothing of what the files have in common.

pub struct FileSet {
    /// Sorted, each once.
    files: Vec<u32>,
    bits: Vec<u64>,
}

impl FileSet {
    /// `total` is how many files there are; all indices are below it.
    pub fn new(files: impl Iterator<Item = usize>, total: usize) -> Self {
        let mut bits = vec![0_u64; total.div_ceil(64)];
        let mut own: Vec<u32> = Vec::new();
        for file in files {
            let bit = 1 << (file % 64);
            if bits[file / 64] & bit == 0 {
                bits[file / 64] |= bit;
                own.push(file as u32);
            }
        }
        own.sort_unstable();
        Self { files: own, bits }
    }

    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.files.iter().map(|file| *file as usize)
    }

    pub fn contains(&self, file: usize) -> bool {
        self.bits[file / 64] & (1 << (file % 64)) != 0
    }

    /// The files of both, sorted.
    pub fn shared<'s>(&'s self, other: &'s FileSet) -> impl Iterator<Item = usize> + 's {
        let (few, many) = if self.len() <= other.len() { (self, other) } else { (other, self) };
        few.iter().filter(|file| many.contains(*file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_both_are_those_of_the_shorter_list_that_the_longer_has() {
        let few = FileSet::new([70, 3, 3].into_iter(), 80);
        let many = FileSet::new(60..80, 80);
        assert_eq!(few.len(), 2);
        assert_eq!(few.shared(&many).collect::<Vec<_>>(), [70]);
        assert_eq!(many.shared(&few).collect::<Vec<_>>(), [70]);
    }
}
