"""What tests share: real repositories, and the cast of people and environments."""
