"""Parts that several pages share: charts, form, bars, tiles and labels."""
