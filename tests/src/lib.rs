//! What the end-to-end suites share: where the acceptance models lie and how a case is skipped when they are not there.
