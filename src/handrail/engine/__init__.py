"""Floor 4: carries out. Ports, intake, tick, deliver: reads the clock and orders effects."""
