// Command critest-compare holds a Ginkgo JSON report of critest against a list
// of expected failures.
//
//	critest-compare REPORT EXPECTED OUT VERSION
//
// It writes OUT/failures.txt (messages) and OUT/times.txt (slowest first),
// prints what was not expected and one summary line, and exits 1 when a spec
// failed that is not listed, or a listed one passed or does not exist.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

type suite struct {
	SpecialSuiteFailureReasons []string
	SpecReports                []spec
}

type spec struct {
	ContainerHierarchyTexts []string
	LeafNodeType            string
	LeafNodeText            string
	State                   string
	RunTime                 time.Duration
	Failure                 failure
	AdditionalFailures      []struct{ Failure failure }
}

type failure struct {
	Message        string
	Location       location
	ForwardedPanic string
}

type location struct {
	FileName   string
	LineNumber int
}

func (s spec) name() string {
	return strings.TrimSpace(strings.Join(append(append([]string(nil), s.ContainerHierarchyTexts...), s.LeafNodeText), " "))
}

func (f failure) String() string {
	text := fmt.Sprintf("%s:%d\n%s", filepath.Base(f.Location.FileName), f.Location.LineNumber, f.Message)
	if f.ForwardedPanic != "" {
		text += "\npanic: " + f.ForwardedPanic
	}
	return text
}

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: critest-compare REPORT EXPECTED OUT VERSION")
		os.Exit(2)
	}
	good, err := compare(os.Args[1], os.Args[2], os.Args[3], os.Args[4])
	if err != nil {
		fmt.Fprintln(os.Stderr, "critest-compare:", err)
		os.Exit(1)
	}
	if !good {
		os.Exit(1)
	}
}

func compare(reportFile, expectedFile, out, version string) (bool, error) {
	data, err := os.ReadFile(reportFile)
	if err != nil {
		return false, err
	}
	var suites []suite
	if err := json.Unmarshal(data, &suites); err != nil {
		return false, fmt.Errorf("%s: %w", reportFile, err)
	}
	expected, err := readExpected(expectedFile)
	if err != nil {
		return false, err
	}

	var passed, failed, wanted, skipped int
	var problems, times []string
	var messages strings.Builder
	ran := []spec{}
	known := map[string]bool{}
	for _, s := range suites {
		for _, reason := range s.SpecialSuiteFailureReasons {
			problems = append(problems, "SUITE FAILED: "+reason)
		}
		for _, r := range s.SpecReports {
			bad := r.State != "passed" && r.State != "skipped" && r.State != "pending"
			if r.LeafNodeType != "It" {
				if bad {
					problems = append(problems, "SUITE FAILED: in "+r.LeafNodeType)
					report(&messages, r.LeafNodeType, r)
				}
				continue
			}
			name := r.name()
			reason, listed := expected[name]
			known[name] = true
			switch {
			case r.State == "skipped" || r.State == "pending":
				skipped++
				continue
			case bad && listed:
				failed, wanted = failed+1, wanted+1
				report(&messages, name+"\n  (expected: "+reason+")", r)
			case bad:
				failed++
				problems = append(problems, "FAILED, not listed as expected: "+name)
				report(&messages, name, r)
			default:
				passed++
				if listed {
					problems = append(problems, "PASSED, but listed as an expected failure: "+name)
				}
			}
			ran = append(ran, r)
		}
	}
	for name := range expected {
		if !known[name] {
			problems = append(problems, "LISTED as an expected failure, but no such spec: "+name)
		}
	}
	if len(ran) == 0 {
		problems = append(problems, "NO SPEC RAN")
	}
	sort.Slice(ran, func(i, j int) bool { return ran[i].RunTime > ran[j].RunTime })
	for _, r := range ran {
		times = append(times, fmt.Sprintf("%8.2f s  %s\n", r.RunTime.Seconds(), r.name()))
	}
	if err := os.WriteFile(filepath.Join(out, "times.txt"), []byte(strings.Join(times, "")), 0o644); err != nil {
		return false, err
	}
	if err := os.WriteFile(filepath.Join(out, "failures.txt"), []byte(messages.String()), 0o644); err != nil {
		return false, err
	}
	sort.Strings(problems)
	for _, problem := range problems {
		fmt.Println(problem)
	}
	fmt.Printf("critest %s: ran %d, passed %d, failed %d (expected %d), skipped %d\n",
		version, len(ran), passed, failed, wanted, skipped)
	return len(problems) == 0, nil
}

func report(out *strings.Builder, title string, r spec) {
	fmt.Fprintf(out, "== %s\n%s: %s\n", title, r.State, r.Failure)
	for _, more := range r.AdditionalFailures {
		fmt.Fprintf(out, "and: %s\n", more.Failure)
	}
	out.WriteByte('\n')
}

// readExpected reads "full spec name # reason" lines.
func readExpected(file string) (map[string]string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	expected := map[string]string{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, reason, found := strings.Cut(line, " # ")
		if !found || strings.TrimSpace(reason) == "" {
			return nil, fmt.Errorf("%s: no reason given: %s", file, line)
		}
		expected[strings.TrimSpace(name)] = strings.TrimSpace(reason)
	}
	return expected, nil
}
