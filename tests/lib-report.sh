# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Readers of `passthru test`'s reports that we did not write; source it in the
# repository.
#
#   tap_read FILE    what perl's TAP::Parser makes of it: a line of numbers, a
#                    line for each row that is not ok, with its YAML, and what
#                    the parser complains of
#   junit_read FILE  what Python's xml makes of it, after xmllint has held it
#                    against junit.xsd
# Knows nothing of what is expected.

tap_read() {
	perl -e '
		use strict;
		use TAP::Parser;
		binmode STDOUT, ":utf8";
		my $p = TAP::Parser->new({exec => ["cat", $ARGV[0]]});
		my (@rows, $row);
		while (my $r = $p->next) {
			if ($r->is_test) {
				push @rows, $row = {ok => $r->is_ok, n => $r->number,
					name => $r->description,
					odd => $r->directive || ""};
			} elsif ($r->is_yaml) {
				$row->{why} = $r->data->{message};
			} elsif ($r->is_unknown) {
				print "unknown: ", $r->as_string, "\n";
			}
		}
		printf "planned %s run %d passed %d failed %d todo %d skipped %d\n",
			$p->tests_planned // "none", $p->tests_run,
			scalar $p->passed, scalar $p->failed,
			scalar $p->todo, scalar $p->skipped;
		for (@rows) {
			next if $_->{ok};
			(my $why = $_->{why} // "no YAML") =~ s/\n/\\n/g;
			print "$_->{n}$_->{odd}: $why\n";
		}
		print "complaint: $_\n" for $p->parse_errors;
	' "$1" 2>&1
}

junit_read() {
	xmllint --nonet --noout --schema tests/golden/junit.xsd "$1" 2>&1 |
		grep -v ' validates$'
	python3 - "$1" <<'X' 2>&1
import sys, xml.etree.ElementTree as ET

for s in ET.parse(sys.argv[1]).getroot():
    cases = s.findall("testcase")
    print("tests %s=%d failures %s=%d errors %s=%d" % (
        s.get("tests"), len(cases),
        s.get("failures"), len(s.findall("testcase/failure")),
        s.get("errors"), len(s.findall("testcase/error"))))
    for n, c in enumerate(cases, 1):
        for why in c:
            print("%d %s: %s" % (n, why.tag,
                why.get("message").replace("\n", "\\n")))
X
}
