//! Where scanners say what they found.

use std::collections::BTreeMap;

use assay_core::{Finding, Format, Gap, Location, Rule, Severity, shown};

use crate::{Deed, Limit, Stop};

/// Receives facts as soon as they are known, so that nothing is lost if the scan ends badly.
pub trait Sink {
    /// A finding.
    fn finding(&mut self, finding: Finding);

    /// A part that was not looked at to its end.
    fn gap(&mut self, gap: Gap);

    /// One step of a program inside the file.
    fn line(&mut self, line: String);

    /// Whether anybody wants [`Sink::line`]; saves the work of writing them.
    fn wants_lines(&self) -> bool;

    /// One step of a pickle, for comparison with what Python does.
    #[doc(hidden)]
    fn deed(&mut self, _deed: Deed) {}

    /// Whether anybody wants [`Sink::deed`].
    #[doc(hidden)]
    fn wants_deeds(&self) -> bool {
        false
    }
}

/// Where scanners say what they found; counts, caps and passes on.
pub struct Report<'s> {
    sink: &'s mut dyn Sink,
    max_findings: u32,
    /// Findings of each severity: a flood of mild ones must not hide a bad one.
    findings: [u32; Severity::ALL.len()],
    dropped: u64,
    /// Whether the report says already that findings of a severity that counts were dropped.
    told: bool,
    gaps: u32,
    formats: Vec<Format>,
    recognised: BTreeMap<Format, u64>,
}

impl<'s> Report<'s> {
    /// Passes everything on to `sink`; findings beyond `max_findings` of one severity are counted only.
    #[must_use]
    pub fn new(sink: &'s mut dyn Sink, max_findings: u32) -> Self {
        Self {
            sink,
            max_findings,
            findings: [0; Severity::ALL.len()],
            dropped: 0,
            told: false,
            gaps: 0,
            formats: Vec::new(),
            recognised: BTreeMap::new(),
        }
    }

    /// A rule hit at `location`. `message` and `detail` are escaped here.
    pub fn hit(&mut self, rule: &Rule, location: Location, message: &str, detail: &[(&str, &str)]) {
        self.hit_known_as(rule, location, message, detail, &[]);
    }

    /// A rule hit that is also known by these names in public catalogues.
    pub(crate) fn hit_known_as(
        &mut self,
        rule: &Rule,
        location: Location,
        message: &str,
        detail: &[(&str, &str)],
        names: &[&'static str],
    ) {
        if !self.has_room(rule.severity, &location) {
            return;
        }
        let detail: BTreeMap<_, _> =
            detail.iter().map(|(key, value)| ((*key).to_owned(), shown(value))).collect();
        self.sink.finding(Finding {
            rule: rule.id.clone(),
            severity: rule.severity,
            message: shown(message),
            location,
            detail,
            taxonomy: rule.catalogues().chain(names.iter().copied()).map(str::to_owned).collect(),
        });
    }

    /// A finding of a reading that was tried for itself.
    pub(crate) fn pass(&mut self, finding: Finding) {
        if self.has_room(finding.severity, &finding.location) {
            self.sink.finding(finding);
        }
    }

    /// Counts a finding, and says whether it is passed on; the first one that counts and is not leaves a gap.
    fn has_room(&mut self, severity: Severity, location: &Location) -> bool {
        if self.keeps(severity) {
            return true;
        }
        self.dropped = self.dropped.saturating_add(1);
        if severity >= Severity::Medium && !self.told {
            self.told = true;
            self.gap(location, &Stop::Limit(Limit::Findings));
        }
        false
    }

    /// Counts a finding, and says whether there is room for it.
    fn keeps(&mut self, severity: Severity) -> bool {
        let max = self.max_findings;
        let mut counts = Severity::ALL.into_iter().zip(&mut self.findings);
        counts.find(|(of, _)| *of == severity).is_some_and(|(_, count)| {
            *count = count.saturating_add(1);
            *count <= max
        })
    }

    /// A part at `place` was not looked at to its end. Beyond as many as findings, gaps say nothing new.
    pub fn gap(&mut self, place: &Location, stop: &Stop) {
        if self.gaps >= self.max_findings {
            return;
        }
        self.gaps = self.gaps.saturating_add(1);
        let location = stop.offset().map_or_else(|| place.clone(), |offset| place.at(offset));
        self.sink.gap(Gap { kind: stop.kind(), message: shown(&stop.to_string()), location });
    }

    /// One step of a program inside the file; `line` is only written when somebody wants it.
    pub fn line(&mut self, location: &Location, line: impl FnOnce() -> String) {
        if self.sink.wants_lines() {
            self.sink.line(format!("{location}: {}", shown(&line())));
        }
    }

    /// Whether somebody wants [`Report::line`].
    #[must_use]
    pub fn wants_lines(&self) -> bool {
        self.sink.wants_lines()
    }

    /// One step of a pickle.
    pub(crate) fn deed(&mut self, deed: Deed) {
        self.sink.deed(deed);
    }

    /// Whether somebody wants [`Report::deed`].
    pub(crate) fn wants_deeds(&self) -> bool {
        self.sink.wants_deeds()
    }

    /// A format was recognised.
    pub fn recognised(&mut self, format: Format) {
        let times = self.recognised.entry(format).or_default();
        *times = times.saturating_add(1);
        if !self.formats.contains(&format) {
            self.formats.push(format);
        }
    }

    /// What was last recognised as `general` turns out to be `particular`. What was recognised as `general` before
    /// that, such as the zip around it, stays.
    pub fn refined(&mut self, general: Format, particular: Format) {
        let times = self.recognised.entry(general).or_default();
        *times = times.saturating_sub(1);
        let gone = *times == 0;
        match self.formats.iter().position(|format| *format == general) {
            Some(_) if gone && self.formats.contains(&particular) => {
                self.formats.retain(|format| *format != general);
            }
            Some(place) if gone => {
                self.formats.splice(place..=place, [particular]);
            }
            Some(_) | None => {}
        }
        self.recognised(particular);
    }

    /// Formats recognised so far, outermost first.
    #[must_use]
    pub fn formats(&self) -> &[Format] {
        &self.formats
    }

    /// Findings that were counted and not passed on.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;

    impl Sink for Nobody {
        fn finding(&mut self, _finding: Finding) {}
        fn gap(&mut self, _gap: Gap) {}
        fn line(&mut self, _line: String) {}
        fn wants_lines(&self) -> bool {
            false
        }
    }

    fn formats(steps: impl FnOnce(&mut Report<'_>)) -> Vec<Format> {
        let mut nobody = Nobody;
        let mut report = Report::new(&mut nobody, 10);
        steps(&mut report);
        report.formats().to_vec()
    }

    #[test]
    fn a_refined_format_takes_the_place_of_the_general_one() {
        let seen = formats(|report| {
            report.recognised(Format::Zip);
            report.refined(Format::Zip, Format::PytorchZip);
            report.recognised(Format::Pickle);
        });
        assert_eq!(seen, [Format::PytorchZip, Format::Pickle]);
    }

    #[test]
    fn refining_a_member_leaves_what_is_around_it() {
        let seen = formats(|report| {
            report.recognised(Format::Zip);
            report.recognised(Format::Zip);
            report.refined(Format::Zip, Format::PytorchZip);
        });
        assert_eq!(seen, [Format::Zip, Format::PytorchZip]);
    }

    #[test]
    fn a_flood_of_mild_findings_hides_no_bad_one() {
        const fn rule(id: &'static str, severity: Severity) -> Rule {
            Rule { id: assay_core::RuleId::new(id), severity, summary: "", taxonomy: &[] }
        }
        static MILD: Rule = rule("mild", Severity::Medium);
        static BAD: Rule = rule("bad", Severity::Critical);
        let mut facts = crate::Collected::default();
        let mut report = Report::new(&mut facts, 2);
        let place = Location::file("x");
        for rule in [&MILD, &MILD, &MILD, &MILD, &BAD] {
            report.hit(rule, place.clone(), "", &[]);
        }
        assert_eq!(report.dropped(), 2);
        let kept: Vec<_> = facts.findings.iter().map(|finding| finding.severity).collect();
        assert_eq!(kept, [Severity::Medium, Severity::Medium, Severity::Critical]);
        assert_eq!(facts.gaps.len(), 1, "what is not listed is said once: {:?}", facts.gaps);
    }

    #[test]
    fn two_that_are_refined_alike_stand_once() {
        let seen = formats(|report| {
            report.recognised(Format::Zip);
            report.refined(Format::Zip, Format::Npz);
            report.recognised(Format::Npy);
            report.recognised(Format::Zip);
            report.refined(Format::Zip, Format::Npz);
        });
        assert_eq!(seen, [Format::Npz, Format::Npy]);
    }
}
