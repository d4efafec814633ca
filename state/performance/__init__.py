"""How a day performs: forecasts, plants and loads, where supply comes from, what is delivered."""
