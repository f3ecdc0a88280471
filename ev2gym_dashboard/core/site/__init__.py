"""The site behind the meter: tariff, exogenous series and the settlement of each step."""
