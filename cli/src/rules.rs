//! The pages of `docs/rules`, which the build put into the program.

/// Id and text of each page, ordered by id.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/rule_pages.rs"));

/// One rule's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    /// Markdown.
    pub(crate) text: &'static str,
}

/// The page of a rule.
pub(crate) fn page(id: &str) -> Option<Page> {
    let index = PAGES.binary_search_by_key(&id, |(id, _)| id).ok()?;
    PAGES.get(index).map(|(_, text)| Page { text })
}

impl Page {
    /// The first sentence of what it is.
    pub(crate) fn summary(self) -> String {
        first_sentence(&self.section("## What it is"))
    }

    /// The first paragraph of what to do.
    pub(crate) fn remedy(self) -> String {
        self.section("## What to do")
    }

    fn section(self, heading: &str) -> String {
        let after = self.text.split_once(heading).map_or("", |(_, after)| after);
        let lines = after.lines().skip_while(|line| line.trim().is_empty());
        let paragraph: Vec<&str> = lines.take_while(|line| !line.trim().is_empty()).map(str::trim).collect();
        paragraph.join(" ")
    }
}

/// Up to the first full stop before a space and a capital; those inside names are followed by neither.
fn first_sentence(text: &str) -> String {
    let ends = text.match_indices(". ").map(|(at, _)| at);
    let end = ends.filter_map(|at| text.split_at_checked(at.saturating_add(2)));
    let first = end.into_iter().find(|(_, rest)| rest.starts_with(char::is_uppercase));
    first.map_or(text, |(sentence, _)| sentence.trim_end()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_before_a_capital() {
        assert_eq!(
            first_sentence("It calls `os.system`, e. g. so. Then more."),
            "It calls `os.system`, e. g. so."
        );
        assert_eq!(first_sentence("Only one"), "Only one");
    }

    #[test]
    fn a_section_is_its_first_paragraph() {
        let page = Page { text: "# x\n\n## What it is\n\nOne\ntwo.\n\nThree.\n## What to do\nDelete it.\n" };
        assert_eq!((page.summary(), page.remedy()), ("One two.".to_owned(), "Delete it.".to_owned()));
        assert_eq!(Page { text: "" }.summary(), "");
    }

    #[test]
    fn every_page_has_what_explain_quotes() {
        for (id, text) in PAGES {
            let page = Page { text };
            assert!(!page.summary().is_empty(), "{id} does not say what it is");
            assert!(!page.remedy().is_empty(), "{id} does not say what to do");
        }
    }

    #[test]
    fn pages_are_found_by_id() {
        for (id, text) in PAGES {
            assert_eq!(page(id), Some(Page { text }));
        }
        assert_eq!(page("no-such-rule"), None);
    }
}
