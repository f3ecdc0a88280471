"""Files for people: result bundles, HTML reports and their plots."""
